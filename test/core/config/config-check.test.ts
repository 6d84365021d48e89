import { expect, it } from 'vitest';
import { checkOf, renderConfigCheck } from '../../../core/config/config-check.ts';
import { configCheckSchema } from '../../../core/config/config-check-schema.ts';
import { checkConfig, parseConfig } from '../../../core/config/schema.ts';

const check = (document: unknown) =>
  checkOf('badgateway.yaml', { config: checkConfig(document), problems: [] });

const ALL = {
  services: [
    {
      name: 'shop',
      logs: {
        access: [
          '/shop/access',
          { name: '/edge/*', format: 'badgateway' },
          { name: '/cdn', format: '$msec $status', pattern: '', create: true },
        ],
        error: '/shop/error',
        gunicorn: '/shop/gunicorn',
      },
      streams: ['{host}', 'nginx/{host}'],
      gunicorn: { version: '23.0.0', timeout: '90s' },
    },
    { name: 'blog', logs: { system: '/hosts' } },
  ],
  alerts: {
    email: ['ops@example.com', 'dev@example.com'],
    slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' },
    policy: { minFailures: 1, minRate: 0.07 },
  },
};

it('says what would be watched, and what will not be seen', () => {
  expect(renderConfigCheck(check(ALL))).toMatchInlineSnapshot(`
    "badgateway.yaml is valid

    shop
      access    /shop/access
                /edge/* (all that begin so, format badgateway)
                /cdn (its own format, its own pattern, made by the stack)
      error     /shop/error
      gunicorn  /shop/gunicorn
      streams   {host}
                nginx/{host}
      settings  Gunicorn 23.0.0, timeout 90s

    blog
      system    /hosts

    alerts
      to        ops@example.com
                dev@example.com
                Slack channel C0123ABCD of T0123ABCD
      when      1 failure of one cause and 7% of requests within 5m
      until     10m without a failure
      again     every 4h meanwhile

    note: blog has no access log: there is no total, so that minRate cannot count
    note: blog has no error log: what NGINX saw is not known
    note: blog has no Gunicorn log: its side of a failure is not known
    "
  `);
});

it('says when nobody would be told', () => {
  const document = { services: [{ name: 'shop', logs: { access: '/a' } }] };
  expect(check(document).notes).toContain('alerts are told to nobody: give email or slack');
});

it('is a document of its schema, valid or not', () => {
  const webhookSecret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf';
  const problems = (parseConfig({ services: [] }).problems ?? []).map((problem) => ({
    ...problem,
    line: null,
    column: null,
  }));
  const all = [
    check(ALL),
    check({ ...ALL, alerts: { slack: { webhookSecret } } }),
    checkOf('badgateway.yaml', { config: null, problems }),
  ];
  for (const one of all) expect(configCheckSchema.parse(one)).toEqual(one);
  expect(all.map(({ valid }) => valid)).toEqual([true, true, false]);
});
