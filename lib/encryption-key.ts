import { Annotations, ArnFormat, aws_iam as iam, type aws_kms as kms, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Deployment, ownLogGroups } from './deployment.ts';

/** Lets a role read and write what the customer's key encrypts, if there is one. */
export function grantKey({ encryptionKey }: Deployment, role: iam.IRole): void {
  encryptionKey?.grant(role, 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey');
}

/**
 * Lets the services of AWS use the customer's key that must: CloudWatch Logs for the log groups, CloudWatch for
 * alarms that go to the topic, SNS for what it cannot deliver. Without this all of them fail in silence. A key that
 * was imported keeps its policy: then a warning says what the policy must allow.
 */
export function grantKeyToServices(
  scope: Construct,
  deployment: Deployment,
  createdGroups: readonly string[],
): void {
  const { encryptionKey } = deployment;
  if (!encryptionKey) return;
  const groups = [`${ownLogGroups(deployment.name)}*`, ...createdGroups];
  allow(scope, encryptionKey, logsStatement(Stack.of(scope), groups));
  allow(scope, encryptionKey, publishersStatement(Stack.of(scope)));
}

function logsStatement(stack: Stack, groups: readonly string[]): iam.PolicyStatement {
  const arns = groups.map((name) =>
    stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  return new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arns } },
  });
}

function publishersStatement(stack: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [
      new iam.ServicePrincipal('cloudwatch.amazonaws.com'),
      new iam.ServicePrincipal('sns.amazonaws.com'),
    ],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
  });
}

function allow(scope: Construct, key: kms.IKey, statement: iam.PolicyStatement): void {
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  const json = JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson()));
  Annotations.of(scope).addWarningV2(
    'badgateway:key-policy',
    `the key was not made in this app: its policy must hold ${json}`,
  );
}
