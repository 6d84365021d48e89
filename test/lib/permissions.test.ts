import { aws_kms as kms } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ofType, type Resource, synthesise, WITH_SLACK } from './synthesise.ts';

type Statement = {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
};

const OWN = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const SUBSCRIBED = [
  'logs:DescribeLogStreams',
  'logs:PutMetricFilter',
  'logs:PutSubscriptionFilter',
];

/** The only resources with a wildcard that any role may use, and what for. */
const WILDCARDS: Readonly<Record<string, readonly string[]>> = {
  'log-group:*': [
    'logs:DeleteMetricFilter',
    'logs:DeleteSubscriptionFilter',
    'logs:DescribeLogGroups',
    'logs:DescribeMetricFilters',
    'logs:DescribeSubscriptionFilters',
  ],
  'log-group:/shop/access:*': SUBSCRIBED,
  'log-group:/shop/gunicorn/*:*': [...SUBSCRIBED, 'logs:FilterLogEvents'],
  'log-group:/shop/journal:*': [...SUBSCRIBED, 'logs:FilterLogEvents'],
  // Not subscribed, only searched for what else was said when an alert is sent.
  'log-group:/shop/app:*': ['logs:FilterLogEvents'],
  'log-group:/shop/error:*': ['logs:DescribeLogStreams'],
  // It has no resources.
  '*': ['cloudwatch:GetMetricData'],
  // Of one secret alone, see test/lib/alerts.test.ts.
  'key/*': ['kms:Decrypt'],
};

describe('what the roles may do', () => {
  const { resources } = synthesise(WITH_SLACK);

  it('names each action, none with a wildcard', () => {
    for (const statement of statementsOf(resources)) {
      expect(actionsOf(statement).filter((action) => action.includes('*'))).toEqual([]);
    }
  });

  it('names each resource, but for the listed wildcards', () => {
    for (const statement of statementsOf(resources)) {
      for (const resource of resourcesOf(statement).filter((text) => text.includes('*'))) {
        const name = resource === '*' ? '*' : resource.slice(resource.search(/log-group:|key\//));
        const extra = actionsOf(statement).filter((action) => !WILDCARDS[name]?.includes(action));
        expect({ resource: name, extra }).toEqual({ resource: name, extra: [] });
      }
    }
  });

  it.each([
    [
      'Ingest',
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', ...OWN, 'sqs:SendMessage'],
    ],
    [
      'Evaluate',
      [
        'cloudwatch:GetMetricData',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        ...OWN,
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
        'logs:FilterLogEvents',
        'sns:ListSubscriptionsByTopic',
        'sns:Publish',
      ],
    ],
    [
      'Slack',
      [
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'kms:Decrypt',
        ...OWN,
        'secretsmanager:GetSecretValue',
        'sqs:SendMessage',
      ],
    ],
    [
      'SubscriptionsSubscribe',
      [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        ...OWN,
        'logs:DeleteMetricFilter',
        'logs:DeleteSubscriptionFilter',
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:DescribeMetricFilters',
        'logs:DescribeSubscriptionFilters',
        'logs:PutMetricFilter',
        'logs:PutSubscriptionFilter',
        'sqs:SendMessage',
      ],
    ],
    ['EvaluateSweep', ['lambda:InvokeFunction', 'sqs:SendMessage']],
    ['SubscriptionsRefresh', ['lambda:InvokeFunction', 'sqs:SendMessage']],
  ])('lets %s do its work and nothing else', (part, allowed) => {
    const role = ofType(resources, 'AWS::IAM::Role').find(([id]) =>
      new RegExp(`^BadGateway${part}Role[0-9A-F]{8}$`).test(id),
    )?.[0];
    expect(role).toBeDefined();
    const actions = policiesOf(resources)
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${role}"`))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap(actionsOf));
    expect([...new Set(actions)].sort()).toEqual([...allowed].sort());
  });

  it('has no managed policy of AWS, and no role that others can take', () => {
    for (const [, { Properties }] of ofType(resources, 'AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined();
      const [statement] = Properties.AssumeRolePolicyDocument.Statement;
      expect(Object.keys(statement.Principal)).toEqual(['Service']);
      if (statement.Principal.Service !== 'scheduler.amazonaws.com') continue;
      expect(statement.Condition).toEqual({
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      });
    }
  });

  it('is not more with a key of the customer, but for the key', () => {
    const { resources: encrypted } = synthesise((stack) => ({
      ...WITH_SLACK,
      encryptionKey: new kms.Key(stack, 'Key'),
    }));
    const added = statementsOf(encrypted)
      .flatMap(actionsOf)
      .filter((action) => action.startsWith('kms:'));
    expect([...new Set(added)].sort()).toEqual([
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:GenerateDataKey',
    ]);
  });
});

function policiesOf(resources: Readonly<Record<string, Resource>>): readonly Resource[] {
  return ofType(resources, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').map(([, found]) => found);
}

function statementsOf(resources: Readonly<Record<string, Resource>>): readonly Statement[] {
  return policiesOf(resources).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

function actionsOf({ Action }: Statement): readonly string[] {
  return [Action].flat();
}

function resourcesOf({ Resource: resource }: Statement): readonly string[] {
  return [resource].flat().map(textOf);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, readonly unknown[]] })['Fn::Join'];
  return join ? join[1].map(textOf).join(join[0]) : '-';
}
