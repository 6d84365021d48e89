import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderProblem } from '../../../core/config/problem.ts';
import { checkConfig, parseConfig } from '../../../core/config/schema.ts';
import { AppError } from '../../../core/errors.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf';
const GROUP =
  'use the name of a log group: letters, digits and . - _ / #, at most 512, with a * at its end for all that begin so';

/** As the CDK writes what it does not know yet. */
const token = (name: string) => `$\{Token[${name}]}`;

const shop = { name: 'shop', logs: { access: '/shop/access', error: ['/shop/error'] } };
const withService = (patch: object) => ({ services: [{ ...shop, ...patch }] });
const withLogs = (logs: unknown) => withService({ logs });
const withGunicorn = (gunicorn: unknown) => withService({ gunicorn });
const withAlerts = (alerts: unknown) => ({ services: [shop], alerts });
const withPolicy = (policy: unknown) => withAlerts({ policy });

const problemsOf = (document: unknown) => (parseConfig(document).problems ?? []).map(renderProblem);
const configOf = (document: unknown) => {
  expect(problemsOf(document)).toEqual([]);
  return checkConfig(document);
};

describe('a configuration', () => {
  it('comes with its defaults', () => {
    expect(configOf({ services: [shop] })).toEqual({
      services: [
        {
          name: 'shop',
          logs: {
            access: [{ name: '/shop/access', format: null, pattern: null, create: false }],
            error: [{ name: '/shop/error', format: null, pattern: null, create: false }],
            gunicorn: [],
            system: [],
            app: [],
          },
          streams: [],
          gunicorn: { version: null, workerClass: null, timeoutMs: null, unit: null },
        },
      ],
      alerts: {
        email: [],
        slack: null,
        policy: {
          minFailures: 5,
          windowMs: 300_000,
          minRate: 0.01,
          resolveAfterMs: 600_000,
          renotifyMs: 14_400_000,
        },
      },
      transport: 'lambda',
    });
  });

  it('may keep what would be taken out, and name more', () => {
    const logs = { error: '/shop/error' };
    const services = [{ name: 'shop', logs }];
    const privacy = { queries: 'keep', addresses: 'mask', extra: ['card_number'] };
    const { services: [service] = [] } = configOf({ services, privacy });
    expect(service?.privacy).toEqual({ keep: ['queries'], extra: ['card_number'] });
  });

  it('may say all of it', () => {
    const document = {
      services: [
        {
          name: 'shop-2',
          logs: {
            access: [
              { name: '/shop/access', format: '$time_iso8601 $status', pattern: '', create: true },
              '/edge/*',
            ],
            system: { name: '/hosts', create: false },
          },
          streams: 'nginx/{host}/*',
          gunicorn: {
            version: '23.0.0',
            workerClass: 'uvicorn.workers.UvicornWorker',
            timeout: '1m30s',
            unit: 'shop@1.service',
          },
        },
      ],
      alerts: {
        email: 'ops@example.com',
        slack: { webhookSecret: SECRET },
        policy: {
          minFailures: 1,
          window: '1h',
          minRate: '0.5%',
          resolveAfter: '1d',
          renotify: '1h30m',
        },
      },
      transport: 'lambda',
    };
    expect(configOf(document)).toMatchObject({
      services: [
        {
          logs: {
            access: [
              { format: '$time_iso8601 $status', pattern: '', create: true },
              { name: '/edge/*', format: null, pattern: null, create: false },
            ],
            system: [{ name: '/hosts', create: false }],
          },
          streams: ['nginx/{host}/*'],
          gunicorn: { version: '23.0.0', timeoutMs: 90_000, unit: 'shop@1.service' },
        },
      ],
      alerts: {
        email: ['ops@example.com'],
        slack: { kind: 'webhook', secretArn: SECRET },
        policy: {
          windowMs: 3_600_000,
          minRate: 0.005,
          resolveAfterMs: 86_400_000,
          renotifyMs: 5_400_000,
        },
      },
    });
  });

  it.each([
    ['a log group of 512 characters', withLogs({ access: 'a'.repeat(512) })],
    ['all characters a log group may have', withLogs({ error: '/A-z_0.#/*' })],
    ['only a system log', withLogs({ system: '/s' })],
    ['empty lists', withService({ logs: { access: '/a', error: [] }, streams: [] })],
    ['a value that CloudFormation will know', withLogs({ access: token('Group.12') })],
    [
      'a secret that CloudFormation will know',
      withAlerts({ slack: { webhookSecret: token('TOKEN.7') } }),
    ],
    ['a known format', withLogs({ access: { name: '/a', format: 'json' } })],
    [
      'a format pasted from nginx.conf',
      withLogs({ access: { name: '/a', format: "log_format x '$msec' ' $status';" } }),
    ],
    ['a host alone', withService({ streams: ['{host}', 'a*b{host}c*'] })],
    ['a worker class of its own', withGunicorn({ workerClass: 'egg:shop#worker' })],
    ['a version of two numbers', withGunicorn({ version: '20.1' })],
    [
      'a Slack channel',
      withAlerts({ slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' } }),
    ],
    ['a share in words or numbers', withPolicy({ minRate: 0 })],
    ['a share as text', withPolicy({ minRate: '0.02' })],
    [
      'a secret of China',
      withAlerts({ slack: { webhookSecret: SECRET.replace('aws', 'aws-cn') } }),
    ],
    [
      'keys without a value, as constructs have them',
      { services: [{ ...shop, streams: undefined }], alerts: undefined },
    ],
  ])('may have %s', (_name, document) => {
    configOf(document);
  });
});

describe('what is refused', () => {
  it.each<[string, unknown, string]>([
    [
      'nothing',
      null,
      'it is empty, use a mapping with services, and alerts if somebody is to be told',
    ],
    [
      'a text',
      'shop',
      'use a mapping with services, and alerts if somebody is to be told, not "shop"',
    ],
    ['no services', {}, 'services: is missing, use a list of services, each with name and logs'],
    [
      'an empty list of services',
      { services: [] },
      'services: use a list of at least one service, with name and logs, not an empty list',
    ],
    [
      'one service without a list',
      { services: shop },
      'services: use a list of services, each with name and logs, not a mapping',
    ],
    [
      'a service that is a text',
      { services: ['shop'] },
      'services[0]: use a mapping with name and logs, not "shop"',
    ],
    ['an unknown key', { services: [shop], alert: {} }, 'alert: is unknown, did you mean alerts?'],
    [
      'a key like no other',
      { services: [shop], color: 1 },
      'color: is unknown, use one of services, alerts, privacy, transport',
    ],
    [
      'another transport',
      { services: [shop], transport: 'kinesis' },
      'transport: use lambda until kinesis is available, not "kinesis"',
    ],
    ['no transport', { services: [shop], transport: 'sqs' }, 'transport: use lambda, not "sqs"'],

    [
      'no name',
      withService({ name: undefined }),
      'services[0].name: is missing, use lower-case letters, digits and -, a letter first, at most 32 characters',
    ],
    [
      'a name with capitals',
      withService({ name: 'Shop' }),
      'services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"',
    ],
    [
      'a name too long',
      withService({ name: 'a'.repeat(33) }),
      `services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "${'a'.repeat(33)}"`,
    ],
    [
      'no logs',
      { services: [{ name: 'shop' }] },
      'services[0].logs: is missing, use a mapping from access, error, gunicorn, system and app to log groups',
    ],
    [
      'no log group',
      withLogs({}),
      'services[0].logs: give at least one log group of access, error, gunicorn or system',
    ],
    [
      'empty lists alone',
      withLogs({ access: [] }),
      'services[0].logs: give at least one log group of access, error, gunicorn or system',
    ],
    [
      'an application log alone',
      withLogs({ app: '/app' }),
      'services[0].logs: give at least one log group of access, error, gunicorn or system',
    ],
    [
      'a misspelt role',
      withLogs({ access: '/a', eror: '/e' }),
      'services[0].logs.eror: is unknown, did you mean error?',
    ],
    [
      'another role',
      withLogs({ access: '/a', ngnix: '/e' }),
      'services[0].logs.ngnix: is unknown, use one of access, error, gunicorn, system, app',
    ],
    [
      'a role without a value',
      withLogs({ access: null, error: '/e' }),
      'services[0].logs.access: is empty, use the name of a log group, or a list of them',
    ],
    [
      'a number for a log group',
      withLogs({ access: [3] }),
      'services[0].logs.access[0]: use the name of a log group, or a mapping with its name, not 3',
    ],
    [
      'a log group with a blank',
      withLogs({ access: '/a b' }),
      `services[0].logs.access: ${GROUP}, not "/a b"`,
    ],
    [
      'a log group too long',
      withLogs({ access: 'a'.repeat(513) }),
      `services[0].logs.access: ${GROUP}, not "${'a'.repeat(59)}…"`,
    ],
    [
      'an ARN for a log group',
      withLogs({ access: 'arn:aws:logs:a' }),
      `services[0].logs.access: ${GROUP}, not "arn:aws:logs:a"`,
    ],
    ['all log groups', withLogs({ access: '*' }), `services[0].logs.access: ${GROUP}, not "*"`],
    [
      "a name that is CloudWatch's own",
      withLogs({ access: 'aws/a' }),
      `services[0].logs.access: ${GROUP}, not "aws/a"`,
    ],
    [
      'a * in the middle',
      withLogs({ access: '/a/*/b' }),
      `services[0].logs.access: ${GROUP}, not "/a/*/b"`,
    ],
    [
      'a log group without a name',
      withLogs({ access: [{ create: true }] }),
      `services[0].logs.access[0].name: is missing, ${GROUP}`,
    ],
    [
      'a misspelt key of a log group',
      withLogs({ access: { name: '/a', formatt: 'json' } }),
      'services[0].logs.access.formatt: is unknown, did you mean format?',
    ],
    [
      'a format of another log',
      withLogs({ error: { name: '/a', format: 'json' } }),
      'services[0].logs.error.format: is unknown, use one of name, create, pattern',
    ],
    [
      'a pattern of a log that is only searched',
      withLogs({ access: '/a', app: { name: '/b', pattern: '' } }),
      'services[0].logs.app.pattern: is unknown, use one of name, create',
    ],
    [
      'a format that is none',
      withLogs({ access: { name: '/a', format: 'combind' } }),
      `services[0].logs.access.format: use NGINX's log_format string with its $variables, or one of combined, main, badgateway, ingress, json, not "combind"`,
    ],
    [
      'a format without status',
      withLogs({ access: { name: '/a', format: '$msec $uri' } }),
      'services[0].logs.access.format: the log format "$msec $uri" has no $status: failures cannot be told without it',
    ],
    [
      'a format too long',
      withLogs({ access: { name: '/a', format: `$status ${'x'.repeat(2_000)}` } }),
      `services[0].logs.access.format: use a log_format of at most 2000 characters, not "$status ${'x'.repeat(51)}…"`,
    ],
    [
      'a pattern too long',
      withLogs({ access: { name: '/a', pattern: 'x'.repeat(1_025) } }),
      `services[0].logs.access.pattern: use a CloudWatch filter pattern of one line, at most 1024 characters, not "${'x'.repeat(59)}…"`,
    ],
    [
      'a pattern of two lines',
      withLogs({ access: { name: '/a', pattern: 'a\nb' } }),
      'services[0].logs.access.pattern: use a CloudWatch filter pattern of one line, at most 1024 characters, not "a\\x0Ab"',
    ],
    [
      'a word for true',
      withLogs({ access: { name: '/a', create: 'yes' } }),
      'services[0].logs.access.create: use true or false, not "yes"',
    ],
    [
      'a prefix to be made',
      withLogs({ access: { name: '/a*', create: true } }),
      'services[0].logs.access.create: take create out, or give a name without the * at its end',
    ],

    [
      'a template without host',
      withService({ streams: 'web-1' }),
      'services[0].streams: use one {host} where the name of the host stands and * for anything else, not side by side, such as nginx/{host}/*, not "web-1"',
    ],
    [
      'a template with two hosts',
      withService({ streams: ['{host}/{host}'] }),
      'services[0].streams[0]: use one {host} where the name of the host stands and * for anything else, not side by side, such as nginx/{host}/*, not "{host}/{host}"',
    ],
    [
      'a template whose host has no end',
      withService({ streams: '{host}*' }),
      'services[0].streams: use one {host} where the name of the host stands and * for anything else, not side by side, such as nginx/{host}/*, not "{host}*"',
    ],

    [
      'a version as a number',
      withGunicorn({ version: 23 }),
      'services[0].gunicorn.version: use numbers in quotes such as "23.0.0", not 23',
    ],
    [
      'a misspelt worker class',
      withGunicorn({ workerClass: 'gthred' }),
      'services[0].gunicorn.workerClass: did you mean gthread?',
    ],
    [
      'a key as Gunicorn has it',
      withGunicorn({ worker_class: 'sync' }),
      'services[0].gunicorn.worker_class: is unknown, did you mean workerClass?',
    ],
    [
      'a time without unit',
      withGunicorn({ timeout: 30 }),
      'services[0].gunicorn.timeout: use whole seconds from 1s to 1d with the unit, such as 30s (leave a timeout of 0 out), not 30',
    ],
    [
      'a time of nothing',
      withGunicorn({ timeout: '0s' }),
      'services[0].gunicorn.timeout: use whole seconds from 1s to 1d with the unit, such as 30s (leave a timeout of 0 out), not "0s"',
    ],
    [
      'a unit without its kind',
      withGunicorn({ unit: 'shop' }),
      'services[0].gunicorn.unit: use the whole name of a systemd unit such as shop.service, not "shop"',
    ],
    [
      'a unit with a shell in it',
      withGunicorn({ unit: '$(rm).service' }),
      'services[0].gunicorn.unit: use the whole name of a systemd unit such as shop.service, not "$(rm).service"',
    ],

    [
      'the plural',
      withAlerts({ emails: ['a@example.com'] }),
      'alerts.emails: is unknown, did you mean email?',
    ],
    [
      'alerts without a value',
      withAlerts(null),
      'alerts: is empty, use a mapping of email, slack and policy',
    ],
    [
      'a name for an address',
      withAlerts({ email: ['ops'] }),
      'alerts.email[0]: use an e-mail address such as ops@example.com, not "ops"',
    ],
    [
      'two addresses in one',
      withAlerts({ email: 'a@example.com,b@example.com' }),
      'alerts.email: use an e-mail address such as ops@example.com, not "a@example.com,b@example.com"',
    ],
    [
      'the URL of a webhook, which is not shown',
      withAlerts({ slack: { webhookSecret: 'https://hooks.slack.com/services/T0/B0/x' } }),
      `alerts.slack.webhookSecret: use the ARN of the Secrets Manager secret that holds the webhook's URL (arn:aws:secretsmanager:…), not "https://hooks.slack…"`,
    ],
    [
      'a channel by its name',
      withAlerts({ slack: { workspaceId: 'T0123', channelId: '#ops' } }),
      'alerts.slack.channelId: use the id that Slack shows in the details of the channel such as C0123ABCD, not "#ops"',
    ],
    [
      'half a channel',
      withAlerts({ slack: { channelId: 'C0123' } }),
      'alerts.slack: use a mapping with webhookSecret, or one with workspaceId and channelId, not a mapping',
    ],
    [
      'two ways to Slack',
      withAlerts({ slack: { webhookSecret: SECRET, workspaceId: 'T0123', channelId: 'C0123' } }),
      'alerts.slack: use a mapping with webhookSecret, or one with workspaceId and channelId, not a mapping',
    ],
    [
      'half a failure',
      withPolicy({ minFailures: 0.5 }),
      'alerts.policy.minFailures: use a whole number from 1 to 1000000, not 0.5',
    ],
    [
      'no failure',
      withPolicy({ minFailures: 0 }),
      'alerts.policy.minFailures: use a whole number from 1 to 1000000, not 0',
    ],
    [
      'a window of seconds',
      withPolicy({ window: '90s' }),
      'alerts.policy.window: use whole minutes from 1m to 1h with the unit, such as 5m, not "90s"',
    ],
    [
      'a window too long',
      withPolicy({ window: '2h' }),
      'alerts.policy.window: use whole minutes from 1m to 1h with the unit, such as 5m, not "2h"',
    ],
    [
      'a percentage without its sign',
      withPolicy({ minRate: 5 }),
      'alerts.policy.minRate: use a percentage from 0% to 100% such as 1%, or a fraction such as 0.01, not 5',
    ],
    [
      'more than all',
      withPolicy({ minRate: '101%' }),
      'alerts.policy.minRate: use a percentage from 0% to 100% such as 1%, or a fraction such as 0.01, not "101%"',
    ],
    [
      'a resolution in words',
      withPolicy({ resolveAfter: 'soon' }),
      'alerts.policy.resolveAfter: use whole minutes from 1m to 1d with the unit, such as 10m, not "soon"',
    ],
    [
      'reminders every minute',
      withPolicy({ renotify: '1m' }),
      'alerts.policy.renotify: use whole minutes from 5m to 30d with the unit, such as 4h, not "1m"',
    ],
  ])('%s', (_name, document, problem) => {
    expect(problemsOf(document)).toEqual([problem]);
  });
});

describe('several places together', () => {
  const service = (name: string, logs: object) => ({ name, logs });

  it.each<[string, readonly unknown[], readonly string[]]>([
    [
      'two services of one name',
      [shop, service('shop', { access: '/b' })],
      ['services[1].name: use another name, services[0] is "shop" too'],
    ],
    [
      'a group twice',
      [service('a', { access: ['/a', '/a'] })],
      ['services[0].logs.access[1]: take "/a" out, it is listed twice'],
    ],
    [
      'a group beside its prefix',
      [service('a', { access: ['/a/*', '/a/b'] })],
      [
        'services[0].logs.access[1]: take "/a/b" out or name the groups one by one, "/a/*" of services[0].logs.access has events of it too',
      ],
    ],
    [
      'a prefix beside its group',
      [service('a', { access: '/a/b', error: '/a/*' })],
      [
        'services[0].logs.error: give "/a/*" one role, it is in "/a/b" of services[0].logs.access too and every line would be read as both',
      ],
    ],
    [
      'a prefix of a prefix',
      [service('a', { access: '/a/*', error: '/a*' })],
      [
        'services[0].logs.error: give "/a*" one role, it is in "/a/*" of services[0].logs.access too and every line would be read as both',
      ],
    ],
    [
      'a group in two roles',
      [service('a', { access: '/a', error: { name: '/a' } })],
      [
        'services[0].logs.error: give "/a" one role, it is in services[0].logs.access too and every line would be read as both',
      ],
    ],
    [
      'a group in two roles of two services',
      [service('a', { access: '/a' }), service('b', { system: '/a' })],
      [
        'services[1].logs.system: give "/a" one role, it is in services[0].logs.access too and every line would be read as both',
      ],
    ],
    [
      'an access log of two services',
      [service('a', { access: '/a' }), service('b', { access: '/a' })],
      [
        'services[1].logs.access: give "/a" to one service, it is in services[0].logs.access too and every failure would count for both',
      ],
    ],
    [
      'a journal of two services',
      [service('a', { system: '/s' }), service('b', { system: '/s' })],
      [],
    ],
    [
      'a journal of three services',
      [
        service('a', { system: '/s' }),
        service('b', { system: '/s*' }),
        service('c', { system: '/s' }),
      ],
      [
        'services[2].logs.system: take "/s" out, 2 services read it and CloudWatch gives a log group 2 subscription filters',
      ],
    ],
    [
      'an application log of three services',
      ['a', 'b', 'c'].map((name) => service(name, { error: `/${name}/e`, app: '/app' })),
      [],
    ],
    [
      'a journal of two services that both want it made',
      ['a', 'b'].map((name) => service(name, { system: { name: '/s', create: true } })),
      [],
    ],
    [
      'names that only begin alike',
      [service('a', { access: ['/a', '/ab'], error: '/b*', gunicorn: '/a/b' })],
      [],
    ],
  ])('%s', (_name, services, problems) => {
    expect(problemsOf({ services })).toEqual(problems);
  });

  it('are told together with all that is wrong by itself', () => {
    const services = [service('Shop', { access: ['/a', '/a'], eror: '/b' })];
    expect(() =>
      checkConfig({ services, transport: 'kinesis' }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [AppError: the configuration has 4 problems:
        services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"
        services[0].logs.eror: is unknown, did you mean error?
        transport: use lambda until kinesis is available, not "kinesis"
        services[0].logs.access[1]: take "/a" out, it is listed twice]
    `);
  });
});

describe('checkConfig', () => {
  it('throws one error, of which 50 lines are enough', () => {
    const logs = {
      access: Array.from({ length: 60 }, (_, index) => `a b${index}`),
    };
    const error = (() => {
      try {
        return checkConfig(withLogs(logs));
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'BadConfiguration' });
    const lines = error instanceof Error ? error.message.split('\n') : [];
    expect(lines).toHaveLength(52);
    expect(lines[0]).toBe('the configuration has 60 problems:');
    expect(lines.at(-1)).toBe('  and 10 more');
  });
});

describe('a problem', () => {
  it('says where, as text and as keys, and shows the value cut and made harmless', () => {
    const name = `\u001b[31m\u202e${'x'.repeat(200)}`;
    expect(parseConfig(withService({ name })).problems).toEqual([
      {
        path: 'services[0].name',
        keys: ['services', 0, 'name'],
        value: `"\\x1B[31m\\u{202E}${'x'.repeat(53)}…"`,
        message: expect.stringContaining('not "\\x1B[31m'),
      },
    ]);
  });

  it('puts odd keys in brackets', () => {
    expect(parseConfig({ services: [shop], 'a b\n': 1 }).problems).toMatchObject([
      { path: '["a b\\x0A"]', keys: ['a b\n'], value: null },
    ]);
  });
});

describe('parseConfig', () => {
  const words = fc.constantFrom(
    'services',
    'name',
    'logs',
    'access',
    'error',
    'system',
    'app',
    'alerts',
    'slack',
    'policy',
    'streams',
    'gunicorn',
    'create',
    'format',
    '__proto__',
    'constructor',
    '/a*',
    '/a',
    '*',
    '1%',
  );
  const json = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(words, fc.jsonValue({ maxDepth: 1 }), fc.constant(true)),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(words, tie('node'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).node;
  const nearly = fc.record({
    services: fc.array(
      fc.record({ name: json, logs: fc.record({ access: json, error: json }), streams: json }),
    ),
    alerts: json,
  });

  it('answers anything with a configuration or its problems', () => {
    fc.assert(
      fc.property(fc.oneof(json, nearly, fc.anything()), (document) => {
        const { config, problems = [] } = parseConfig(document);
        expect(config === undefined).toBe(problems.length > 0);
        for (const problem of problems) {
          expect(renderProblem(problem)).toMatch(/^[^\p{Cc}\u202e]+$/u);
        }
      }),
      { numRuns: 500 },
    );
  });
});
