import {
  App,
  aws_kms as kms,
  aws_logs as logs,
  Stack,
  aws_secretsmanager as secrets,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_sns_subscriptions as subscriptions,
} from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readAlertEmails, readLogGroups, readPolicy } from '../../adapters/aws/read-environment.ts';
import { ENV, TEST_ENV } from '../../core/contract.ts';
import { DEFAULT_POLICY } from '../../core/incident/policy.ts';
import { BadGateway } from '../../lib/bad-gateway.ts';
import { ofType, type Resource, SHOP, synthesise, WITH_CHAT, WITH_SLACK } from './synthesise.ts';

type Resources = Readonly<Record<string, Resource>>;

const ACCOUNT = { Ref: 'AWS::AccountId' };
const { template, resources } = synthesise(WITH_SLACK);

describe('the topic of alerts', () => {
  it('keeps what it cannot hand to a subscriber, however often it tries', () => {
    const found = ofType(resources, 'AWS::SNS::Subscription').map(([, { Properties }]) => ({
      protocol: Properties.Protocol,
      endpoint: Properties.Endpoint,
      queue: Properties.RedrivePolicy?.deadLetterTargetArn['Fn::GetAtt'][0],
    }));
    const queue = expect.stringMatching(/^BadGatewayAlertsDeadLetters[0-9A-F]{8}$/);
    expect(found).toEqual([
      { protocol: 'email', endpoint: 'ops@example.com', queue },
      { protocol: 'lambda', endpoint: expect.anything(), queue },
    ]);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:SendMessage',
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: topicOf(resources) } } },
          }),
        ]),
      },
    });
  });

  it('is what the evaluate function publishes to, and nothing else', () => {
    const [statement, ...others] = statementsOf(resources, 'sns:Publish');
    expect(statement?.Resource).toEqual({ Ref: topicOf(resources) });
    expect(others).toEqual([]);
    expect(variablesOf(resources, 'Evaluate')[ENV.alertTopicArn]).toEqual({
      Ref: topicOf(resources),
    });
  });

  it('takes more subscribers, of the app', () => {
    const stack = new Stack(new App(), 'Shop');
    const { alerts } = new BadGateway(stack, 'BadGateway', SHOP);
    alerts.topic.addSubscription(
      new subscriptions.SqsSubscription(new sqs.Queue(stack, 'Queue'), {
        deadLetterQueue: alerts.deadLetterQueue,
        filterPolicy: { service: sns.SubscriptionFilter.stringFilter({ allowlist: ['shop'] }) },
      }),
    );
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      FilterPolicy: { service: ['shop'] },
      RedrivePolicy: Match.anyValue(),
    });
  });

  it('of a key of the customer can be published to by the function and by alarms of this account', () => {
    const encrypted = synthesise((stack) => ({
      ...SHOP,
      encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    }));
    const [keyId] = ofType(encrypted.resources, 'AWS::KMS::Key')[0] ?? [];
    encrypted.template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: ['cloudwatch.amazonaws.com', 'sns.amazonaws.com'] },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
          }),
        ]),
      },
    });
    encrypted.template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
          }),
        ]),
      },
    });
    const keyed = statementsOf(encrypted.resources, 'kms:GenerateDataKey', 'Evaluate');
    expect(keyed.map(({ Resource: resource }) => resource)).toContainEqual({
      'Fn::GetAtt': [keyId, 'Arn'],
    });
  });
});

describe('what the functions are told', () => {
  it('is the policy of the configuration, beside what is fixed', () => {
    const { resources: own } = synthesise({
      ...SHOP,
      alerts: { ...SHOP.alerts, policy: { minFailures: 20, resolveAfter: '1m' } },
    });
    expect(readPolicy(variablesOf(own, 'Evaluate') as Record<string, string>)).toEqual({
      ...DEFAULT_POLICY,
      minFailures: 20,
      resolveAfterMs: 60_000,
    });
  });

  it('is which log groups a service has, as long as they are not too many', () => {
    const groupsOf = (count: number) => {
      const error = Array.from(
        { length: count },
        (_, index) => `/shop/${(index * 2 ** 31) % 982_451_653}/${(index * 2 ** 33) % 961_748_927}`,
      );
      const { resources: own } = synthesise({
        ...SHOP,
        services: [{ name: 'shop', logs: { access: '/edge/*', error } }],
      });
      return readLogGroups(variablesOf(own, 'Evaluate') as Record<string, string>);
    };
    expect(groupsOf(1)).toEqual({ shop: { access: ['/edge/*'], error: ['/shop/0/0'] } });
    expect(groupsOf(30).shop?.error).toHaveLength(30);
    expect(groupsOf(120)).toEqual({ shop: {} });
  });

  it('is, of many log groups, those that are looked into, before all of them are left out', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => noise(index));
    const groupsOf = (logs: Readonly<Record<string, readonly string[]>>) => {
      const { resources: own } = synthesise({ ...SHOP, services: [{ name: 'shop', logs }] });
      const read = readLogGroups(variablesOf(own, 'Evaluate') as Record<string, string>);
      return Object.keys(read.shop ?? {});
    };
    const few = { error: ['/e'], gunicorn: ['/g'], app: ['/a'] };
    expect(groupsOf({ ...few, access: names(90) })).toEqual(['error', 'gunicorn', 'app']);
    expect(groupsOf({ ...few, error: names(90) })).toEqual(['gunicorn', 'app']);
    expect(groupsOf({ ...few, app: names(90) })).toEqual([]);
  });

  it('is who was to get alerts by e-mail, as long as they are not too many', () => {
    const emailsOf = (email: readonly string[]) => {
      const { resources: own } = synthesise({ ...SHOP, alerts: { email } });
      return readAlertEmails(variablesOf(own, 'Evaluate') as Record<string, string>);
    };
    expect(emailsOf(['ann@example.com'])).toEqual(['ann@example.com']);
    const some = Array.from({ length: 15 }, (_, index) => `person.${index * 7_919}@example.com`);
    expect(emailsOf(some)).toEqual(some);
    expect(emailsOf(Array.from({ length: 50 }, (_, index) => `${noise(index)}@x.org`))).toEqual([]);
  });

  it('is which log groups a service has, though only CloudFormation knows their names', () => {
    const { resources: own } = synthesise((stack) => ({
      ...SHOP,
      services: [{ name: 'shop', logs: { error: new logs.LogGroup(stack, 'Error') } }],
    }));
    const [id] =
      ofType(own, 'AWS::Logs::LogGroup').find(([name]) => name.startsWith('Error')) ?? [];
    expect(variablesOf(own, 'Evaluate')[ENV.logGroups]).toEqual({
      'Fn::Join': ['', ['{"shop":{"error":["', { Ref: id }, '"]}}']],
    });
  });

  it('is nothing that only tests set', () => {
    for (const [, { Properties }] of ofType(resources, 'AWS::Lambda::Function')) {
      const names = Object.keys(Properties.Environment.Variables);
      expect(names.filter((name) => Object.values<string>(TEST_ENV).includes(name))).toEqual([]);
    }
  });
});

describe('Slack by a webhook', () => {
  it('is a function that the topic alone invokes, tried three times', () => {
    const [id] = functionOf(resources, 'Slack');
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [id, 'Arn'] },
      Principal: 'sns.amazonaws.com',
      SourceArn: { Ref: topicOf(resources) },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 2,
    });
  });

  it('reserves no concurrency, which accounts with a low quota would refuse', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  it('has the ARN of the secret in its environment, and no URL', () => {
    expect(Object.keys(variablesOf(resources, 'Slack')).sort()).toEqual(
      [ENV.deployment, ENV.slackSecretArn, ENV.table].sort(),
    );
  });

  it.each([
    ['with its six characters', 'slack-AbCdEf', 'slack-AbCdEf'],
    ['without them', 'ops/slack', 'ops/slack-??????'],
  ])('may read one secret, given %s', (_, name, wanted) => {
    const arn = (last: string) => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${last}`;
    const { resources: own } = synthesise({
      ...SHOP,
      alerts: { slack: { webhookSecret: arn(name) } },
    });
    const [read, ...others] = statementsOf(own, 'secretsmanager:GetSecretValue');
    expect(read?.Resource).toBe(arn(wanted));
    expect(others).toEqual([]);
    expect(statementsOf(own, 'kms:Decrypt')).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: {
            'kms:ViaService': {
              'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.amazonaws.com']],
            },
          },
          StringLike: { 'kms:EncryptionContext:SecretARN': arn(wanted) },
        },
      }),
    ]);
  });

  it('may read a secret of the same app', () => {
    const { resources: own } = synthesise((stack) => ({
      ...SHOP,
      alerts: { slack: { webhookSecret: new secrets.Secret(stack, 'Webhook').secretArn } },
    }));
    const [id] = ofType(own, 'AWS::SecretsManager::Secret')[0] ?? [];
    expect(statementsOf(own, 'secretsmanager:GetSecretValue')[0]?.Resource).toEqual({ Ref: id });
    expect(variablesOf(own, 'Slack')[ENV.slackSecretArn]).toEqual({ Ref: id });
  });
});

describe('Slack through Amazon Q Developer', () => {
  const { template: chat, resources: own } = synthesise(WITH_CHAT);

  it('is a channel that reads the topic and can do nothing to the account', () => {
    chat.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
      SlackWorkspaceId: 'T0123ABCD',
      SlackChannelId: 'C0123ABCD',
      SnsTopicArns: [{ Ref: topicOf(own) }],
      GuardrailPolicies: [
        {
          'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/ReadOnlyAccess']],
        },
      ],
    });
    const [[, role] = []] = ofType(own, 'AWS::IAM::Role').filter(([id]) => id.includes('Chat'));
    expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
    expect(role?.Properties.Policies).toBeUndefined();
    const roles = ofType(own, 'AWS::IAM::Policy').map(([, policy]) => policy.Properties.Roles);
    expect(JSON.stringify(roles)).not.toContain('Chat');
  });

  it('needs no function', () => {
    expect(ofType(own, 'AWS::Lambda::Function')).toHaveLength(3);
  });
});

/** A name that cannot be packed. */
function noise(index: number): string {
  return `${(index * 2 ** 31) % 982_451_653}${(index * 2 ** 33) % 961_748_927}x${index}`;
}

function topicOf(found: Resources): string {
  return ofType(found, 'AWS::SNS::Topic')[0]?.[0] ?? '';
}

function functionOf(found: Resources, name: string): readonly [string, Resource] {
  const entry = ofType(found, 'AWS::Lambda::Function').find(([id]) =>
    id.startsWith(`BadGateway${name}`),
  );
  if (!entry) throw new Error(`no function ${name}`);
  return entry;
}

function variablesOf(found: Resources, name: string): Readonly<Record<string, unknown>> {
  return functionOf(found, name)[1].Properties.Environment.Variables;
}

type Statement = { readonly Action: string | readonly string[]; readonly Resource: unknown };

function statementsOf(found: Resources, action: string, role = ''): readonly Statement[] {
  return ofType(found, 'AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().includes(action));
}
