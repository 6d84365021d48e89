import { aws_kms as kms, aws_logs as logs, RemovalPolicy } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { WAKE_DELAY_SECONDS } from '../../core/contract.ts';
import { ofType, SHOP, synthesise } from './synthesise.ts';

const { template, resources } = synthesise(SHOP);

describe('the table', () => {
  it('is paid by request, can be restored to any second, forgets what expired, and is kept', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    });
  });
});

describe('queues and the topic', () => {
  it('take nothing that did not come over TLS', () => {
    const queues = ofType(resources, 'AWS::SQS::Queue').map(([id]) => id);
    const policies = ofType(resources, 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy');
    expect(queues).toHaveLength(6);
    const guarded = policies.flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.filter(isTlsOnly).flatMap(() =>
        [Properties.Queues ?? Properties.Topics].flat().map(({ Ref }) => Ref),
      ),
    );
    const topics = ofType(resources, 'AWS::SNS::Topic').map(([id]) => id);
    expect(guarded.sort()).toEqual([...queues, ...topics].sort());
  });

  it('wake a service in the order of its bucket, late enough, and not while it is being evaluated', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      FifoQueue: true,
      ContentBasedDeduplication: Match.absent(),
      DelaySeconds: WAKE_DELAY_SECONDS + 2,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      RedrivePolicy: { maxReceiveCount: 5 },
    });
    const timeout = functionOf('evaluate').Timeout;
    const visibility = ofType(resources, 'AWS::SQS::Queue')
      .map(([, { Properties }]) => Properties.VisibilityTimeout)
      .find((seconds) => seconds !== undefined);
    expect(visibility).toBeGreaterThan(timeout);
  });

  it('keep what could not be handled for two weeks', () => {
    const kept = ofType(resources, 'AWS::SQS::Queue').filter(
      ([, { Properties }]) => Properties.MessageRetentionPeriod === 14 * 86_400,
    );
    expect(kept).toHaveLength(5);
  });

  it('let alarms of this account publish', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });
});

describe('log groups', () => {
  it('all have a retention', () => {
    const found = ofType(resources, 'AWS::Logs::LogGroup').map(([, { Properties }]) => [
      Properties.LogGroupName,
      Properties.RetentionInDays,
    ]);
    expect(Object.fromEntries(found)).toEqual({
      '/badgateway/test/drill': 7,
      '/badgateway/test/ingest': 30,
      '/badgateway/test/evaluate': 30,
      '/badgateway/test/subscribe': 30,
      '/shop/error': 30,
    });
  });

  it('have the retention and the removal policy that are asked for', () => {
    const { template: other } = synthesise({
      ...SHOP,
      logRetention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    other.resourcePropertiesCountIs('AWS::Logs::LogGroup', { RetentionInDays: 365 }, 4);
    other.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });

  it('that the stack made for the services are kept, those of the functions go with it', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Retain',
      Properties: { LogGroupName: '/shop/error' },
    });
    template.hasResource('AWS::Logs::LogGroup', {
      DeletionPolicy: 'Delete',
      Properties: { LogGroupName: '/badgateway/test/ingest' },
    });
  });
});

describe('a key of the customer', () => {
  const encrypted = synthesise((stack) => ({
    ...SHOP,
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  }));
  const [keyId] = ofType(encrypted.resources, 'AWS::KMS::Key')[0] ?? [];
  const arn = { 'Fn::GetAtt': [keyId, 'Arn'] };

  it('encrypts everything that is stored', () => {
    encrypted.template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: arn });
    encrypted.template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn });
    encrypted.template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: arn });
    encrypted.template.allResourcesProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn },
    });
  });

  it('may be used by every role', () => {
    const roles = ofType(encrypted.resources, 'AWS::IAM::Role').map(([id]) => id);
    const allowed = ofType(encrypted.resources, 'AWS::IAM::Policy')
      .filter(([, { Properties }]) =>
        Properties.PolicyDocument.Statement.some(
          (statement: { Action: unknown; Resource: unknown }) =>
            JSON.stringify(statement.Resource) === JSON.stringify(arn) &&
            ['kms:Decrypt', 'kms:GenerateDataKey'].every((action) =>
              [statement.Action].flat().includes(action),
            ),
        ),
      )
      .flatMap(([, { Properties }]) => Properties.Roles.map(({ Ref }: { Ref: string }) => Ref));
    expect([...new Set(allowed)].sort()).toEqual(roles.sort());
  });

  it('may be used by CloudWatch Logs for these log groups, and by what publishes to the topic', () => {
    const account = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    encrypted.template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: {
              Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] },
            },
            Condition: {
              ArnLike: {
                'kms:EncryptionContext:aws:logs:arn': [
                  logGroupArn('/badgateway/test/*'),
                  logGroupArn('/shop/error'),
                ],
              },
            },
          }),
          Match.objectLike({
            Principal: { Service: ['cloudwatch.amazonaws.com', 'sns.amazonaws.com'] },
            Condition: account,
          }),
        ]),
      },
    });
  });

  it('of another app is warned about: its policy cannot be changed from here', () => {
    const { stack } = synthesise((scope) => ({
      ...SHOP,
      encryptionKey: kms.Key.fromKeyArn(
        scope,
        'Key',
        'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555',
      ),
    }));
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(warnings.map(({ entry }) => String(entry.data))).toEqual([
      expect.stringContaining('kms:EncryptionContext:aws:logs:arn'),
      expect.stringContaining('cloudwatch.amazonaws.com'),
    ]);
  });
});

function isTlsOnly(statement: { Effect: string; Condition?: unknown }): boolean {
  return (
    statement.Effect === 'Deny' &&
    JSON.stringify(statement.Condition) === '{"Bool":{"aws:SecureTransport":"false"}}'
  );
}

function functionOf(name: string) {
  const found = ofType(resources, 'AWS::Lambda::Function').find(([id]) =>
    id.toLowerCase().includes(`${name}function`),
  );
  return found?.[1].Properties;
}

function logGroupArn(name: string): unknown {
  const ref = (what: string) => ({ Ref: `AWS::${what}` });
  const parts = [':logs:', ref('Region'), ':', ref('AccountId'), `:log-group:${name}`];
  return { 'Fn::Join': ['', ['arn:', ref('Partition'), ...parts]] };
}
