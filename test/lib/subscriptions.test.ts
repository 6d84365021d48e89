import { aws_logs as logs, type Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { parseFilterName, type SubscribeRequest } from '../../core/contract.ts';
import { BadGateway } from '../../lib/bad-gateway.ts';
import type { BadGatewayProps } from '../../lib/props.ts';
import { ofType, type Resource, SHOP, synthesise } from './synthesise.ts';

type Resources = Readonly<Record<string, Resource>>;

describe('log groups that are named', () => {
  const { resources } = synthesise(SHOP);

  it('are left to the subscribe function, at each deployment and every five minutes', () => {
    const request = requestOf(resources);
    expect(request.groups.map(({ name, filterName }) => [name, filterName])).toEqual([
      ['/shop/access', 'badgateway/test/shop/access/badgateway'],
      ['/shop/gunicorn/*', 'badgateway/test/shop/gunicorn/-'],
      ['/shop/journal', 'badgateway/test/shop/system/-'],
    ]);
    expect(request.groups.map(({ requestMetric }) => requestMetric)).toEqual([
      'Requests/test/shop',
      null,
      null,
    ]);
    const refresh = ofType(resources, 'AWS::Scheduler::Schedule')
      .map(([, { Properties }]) => textOf(Properties.Target.Input))
      .find((input) => input.includes('refresh'));
    expect(JSON.parse(refresh ?? '')).toEqual({ kind: 'refresh', request });
  });

  it('get the pattern that is given for them', () => {
    const { resources: other } = synthesise({
      services: [{ name: 'shop', logs: { error: { name: '/e', pattern: '"[error]"' } } }],
    });
    expect(requestOf(other).groups[0]?.filterPattern).toBe('"[error]"');
  });
});

describe('log groups that the app makes or was given', () => {
  const given = (stack: Stack): BadGatewayProps => ({
    deploymentName: 'test',
    services: [
      {
        name: 'shop',
        logs: {
          access: { group: new logs.LogGroup(stack, 'Access'), format: LOG_FORMAT },
          error: [{ name: '/shop/error', create: true }],
          gunicorn: logs.LogGroup.fromLogGroupName(stack, 'Gunicorn', '/shop/gunicorn'),
          app: { name: '/shop/app', create: true },
        },
      },
    ],
  });
  const { resources, template } = synthesise(given);

  it('get their filters from CloudFormation alone', () => {
    const filters = ofType(resources, 'AWS::Logs::SubscriptionFilter').map(([, { Properties }]) => [
      parseFilterName(Properties.FilterName)?.role,
      Properties.LogGroupName.Ref?.replace(/[0-9A-F]{8}$/, '') ?? Properties.LogGroupName,
    ]);
    expect(filters).toEqual([
      ['access', 'Access'],
      ['error', 'BadGatewayLogGroupsshoperror'],
      ['gunicorn', '/shop/gunicorn'],
      ['error', 'BadGatewayDrillLogGroup'],
    ]);
    expect(requestOf(resources).groups).toEqual([]);
  });

  it('are looked at for the hosts that write to them, but for those of the application', () => {
    expect(requestOf(resources).watched.map(({ name }) => name)).toEqual([
      '',
      '/shop/error',
      '/shop/gunicorn',
    ]);
  });

  it('have their requests counted, from zero on', () => {
    template.resourceCountIs('AWS::Logs::MetricFilter', 1);
    template.hasResourceProperties('AWS::Logs::MetricFilter', {
      FilterPattern: '',
      MetricTransformations: [
        {
          MetricNamespace: 'BadGateway',
          MetricName: 'Requests/test/shop',
          MetricValue: '1',
          DefaultValue: 0,
        },
      ],
    });
  });

  it('name their format by what it is, whatever else is configured', () => {
    const [, filter] = ofType(resources, 'AWS::Logs::SubscriptionFilter')[0] ?? [];
    const key = parseFilterName(filter?.Properties.FilterName)?.format ?? '';
    expect(key).toMatch(/^[0-9a-f]{8}$/);
    const ingest = ofType(resources, 'AWS::Lambda::Function').find(([id]) => id.includes('Ingest'));
    const [service] = JSON.parse(ingest?.[1].Properties.Environment.Variables.BADGATEWAY_SERVICES);
    expect(service.formats).toEqual({ [key]: LOG_FORMAT });
  });

  it('are made before their filters, and subscribed when the function may be invoked', () => {
    const [permission] = ofType(resources, 'AWS::Lambda::Permission')[0] ?? [];
    const [custom, { DependsOn = [] }] = ofType(resources, CUSTOM)[0] ?? raise('no resource');
    expect(DependsOn).toContain(permission);
    for (const [, { DependsOn: after }] of ofType(resources, 'AWS::Logs::SubscriptionFilter')) {
      expect(after).toContain(custom);
    }
  });
});

describe('the permission to invoke', () => {
  it('is one for all log groups of this account, and for no other account', () => {
    const { template } = synthesise(SHOP);
    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'logs.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: {
        'Fn::Join': [
          '',
          [
            'arn:',
            { Ref: 'AWS::Partition' },
            ':logs:',
            { Ref: 'AWS::Region' },
            ':',
            { Ref: 'AWS::AccountId' },
            ':log-group:*:*',
          ],
        ],
      },
    });
  });
});

describe('the logs of the pipeline itself', () => {
  it.each(['/badgateway/test/ingest', '/badgateway/test/*'])('refuses %s', (name) => {
    expect(() =>
      synthesise({ ...SHOP, services: [{ name: 'shop', logs: { error: name } }] }),
    ).toThrow(
      `log group "${name}" is one of the pipeline's own: it would read for ever what it writes itself; take it out`,
    );
  });

  it('refuses one of them as a construct', () => {
    expect(() =>
      synthesise((stack) => ({
        ...SHOP,
        services: [
          {
            name: 'shop',
            logs: {
              error: logs.LogGroup.fromLogGroupName(stack, 'Own', '/badgateway/test/evaluate'),
            },
          },
        ],
      })),
    ).toThrow("is one of the pipeline's own");
  });

  it('takes those of another deployment', () => {
    const services = [{ name: 'shop', logs: { error: '/badgateway/tested/ingest' } }];
    expect(() => synthesise({ ...SHOP, services })).not.toThrow();
  });
});

describe('a hundred log groups', () => {
  const many = (create: boolean): BadGatewayProps => ({
    deploymentName: 'test',
    services: Array.from({ length: 20 }, (_, index) => ({
      name: `shop-${index}`,
      logs: Object.fromEntries(
        ['access', 'error', 'gunicorn', 'system', 'app'].map((role) => [
          role,
          { name: `/company/production/eu-central-1/shop-${index}/hosts/${role}`, create },
        ]),
      ),
    })),
  });

  it.each([false, true])('fit all limits of AWS (created: %s)', (create) => {
    const { template, resources } = synthesise(many(create));
    expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_000_000);
    expect(Object.keys(resources).length).toBeLessThan(500);
    for (const [, { Properties }] of ofType(resources, 'AWS::IAM::ManagedPolicy')) {
      expect(deployedLength(Properties.PolicyDocument)).toBeLessThan(6_144);
    }
    const perRole = ofType(resources, 'AWS::IAM::ManagedPolicy').map(([, { Properties }]) =>
      JSON.stringify(Properties.Roles),
    );
    for (const role of perRole) {
      expect(perRole.filter((other) => other === role).length).toBeLessThanOrEqual(10);
    }
    for (const [, { Properties }] of ofType(resources, 'AWS::Scheduler::Schedule')) {
      expect(deployedLength(Properties.Target.Input)).toBeLessThan(256 * 1_024);
    }
  });

  it('and many more are refused with what to do', () => {
    const names = Array.from({ length: 900 }, (_, index) => `/${'x'.repeat(80)}/${index}`);
    const services = [{ name: 'shop', logs: { error: names } }];
    expect(() => synthesise({ services })).toThrow(
      'cannot be allowed to use 900 log groups: name them by a common prefix ("/shop/*"), or make several deployments',
    );
  });
});

describe('the configuration', () => {
  it('is refused with all that is wrong with it', () => {
    const services = [{ name: 'Shop', logs: { error: 'a b' } }] as const;
    expect(() =>
      synthesise({ services, alerts: { email: 'nobody' } }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [AppError: the configuration has 3 problems:
        services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"
        services[0].logs.error: use the name of a log group: letters, digits and . - _ / #, at most 512, with a * at its end for all that begin so, not "a b"
        alerts.email: use an e-mail address such as ops@example.com, not "nobody"]
    `);
  });

  it('may hold names that are known at deployment only', () => {
    const { template, resources } = synthesise((stack) => ({
      services: [{ name: 'shop', logs: { error: `/${stack.stackId}/error` } }],
      alerts: {
        email: `ops@${stack.region}.example.com`,
      },
    }));
    template.resourceCountIs('AWS::SNS::Subscription', 1);
    expect(requestOf(resources).groups).toHaveLength(1);
  });

  it.each(['a/b', '', 'x'.repeat(65)])('refuses the deployment name "%s"', (deploymentName) => {
    expect(() => synthesise({ ...SHOP, deploymentName })).toThrow(
      `deployment name "${deploymentName}": use up to 64 letters, digits, dots, - and _`,
    );
  });

  it('may be given twice in a stack, with outputs for both', () => {
    const { template } = synthesise((stack) => {
      new BadGateway(stack, 'First', { ...SHOP, deploymentName: 'first' });
      return { services: [{ name: 'other', logs: { error: '/other/error' } }] };
    });
    const names = Object.keys(template.findOutputs('*')).filter((name) => /TableName/.test(name));
    expect(names).toEqual([
      'BadGatewayTableName',
      expect.stringMatching(/^BadGatewayOutputsBadGatewayTableName[0-9A-F]{8}$/),
    ]);
  });

  it('names a deployment after the stack and the construct, when it has no name', () => {
    const { deploymentName, ...unnamed } = SHOP;
    expect(synthesise(unnamed).badGateway.deploymentName).toMatchInlineSnapshot(
      `"Shop-BadGateway-3420C32D"`,
    );
    expect(deploymentName).toBe('test');
  });
});

const CUSTOM = 'Custom::BadGatewaySubscriptions';
const LOG_FORMAT = '$remote_addr [$time_local] "$request" $status $upstream_status';

function requestOf(resources: Resources): SubscribeRequest {
  const [, { Properties }] = ofType(resources, CUSTOM)[0] ?? raise('no custom resource');
  return JSON.parse(textOf(Properties.Request));
}

/** A text with what is known at deployment only left out. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, readonly unknown[]] })['Fn::Join'];
  return join ? join[1].map(textOf).join(join[0]) : '';
}

/** Characters of a document when it is deployed, with a long Region and partition. */
function deployedLength(document: unknown): number {
  const known = {
    'AWS::Partition': 'aws-us-gov',
    'AWS::Region': 'ap-southeast-1',
    'AWS::AccountId': '111122223333',
  };
  const fill = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(fill);
    if ('Ref' in value) return known[value.Ref as keyof typeof known] ?? 'x'.repeat(100);
    if ('Fn::GetAtt' in value) return 'x'.repeat(200);
    if ('Fn::Join' in value)
      return (value['Fn::Join'] as [string, unknown[]])[1].map(fill).join('');
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return JSON.stringify(fill(document)).length;
}

function raise(message: string): never {
  throw new Error(message);
}
