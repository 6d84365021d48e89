import {
  ArnFormat,
  Duration,
  aws_iam as iam,
  Stack,
  aws_sns_subscriptions as subscriptions,
  Token,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../core/contract.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import type { AlertTopic } from './alert-topic.ts';
import type { Deployment } from './deployment.ts';
import type { FailureTable } from './failure-table.ts';
import { PipelineFunction } from './pipeline-function.ts';

export type SlackFunctionProps = {
  readonly deployment: Deployment;
  readonly table: FailureTable;
  readonly alerts: AlertTopic;
  /** Of the secret with the webhook's URL: with the six characters at its end, or without. */
  readonly secretArn: string;
};

/**
 * Posts alerts to a Slack channel. It has no concurrency of its own, which accounts with a low quota would refuse:
 * rows of the table keep its instances to one message a second, and each message to one of them.
 */
export class SlackFunction extends PipelineFunction {
  constructor(scope: Construct, id: string, props: SlackFunctionProps) {
    const { deployment, table, alerts, secretArn } = props;
    super(scope, id, {
      deployment,
      name: 'slack',
      description: 'badgateway: posts alerts to a Slack channel',
      // So long it tries, three times, while Slack is down.
      timeout: Duration.minutes(5),
      memoryMb: 256,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      environment: { ...table.environment, [ENV.slackSecretArn]: secretArn },
    });
    table.grantPut(this);
    table.grantQuery(this);
    table.grantDelete(this);
    const whole = wholeArn(secretArn);
    this.allow(['secretsmanager:GetSecretValue'], [whole]);
    this.allowDecryption(whole);
    alerts.topic.addSubscription(
      new subscriptions.LambdaSubscription(this.function, {
        deadLetterQueue: alerts.deadLetterQueue,
      }),
    );
  }

  /** The secret may have a key of the customer's, which is not known here: it is usable for this secret alone. */
  private allowDecryption(secretArn: string): void {
    const stack = Stack.of(this);
    const keys = stack.formatArn({
      service: 'kms',
      resource: 'key',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [keys],
        conditions: {
          StringEquals: { 'kms:ViaService': `secretsmanager.${stack.region}.amazonaws.com` },
          StringLike: { 'kms:EncryptionContext:SecretARN': secretArn },
        },
      }),
    );
    acknowledgeWildcard(
      this.role,
      keys,
      "The secret's key is not known here; the conditions leave one secret, and Secrets Manager to ask for it.",
    );
  }
}

/**
 * Secrets Manager adds a hyphen and six characters to a name. An ARN without them is one of a name, which the
 * function may use, but policies compare with the whole one. Of a secret of this app the ARN is whole.
 */
function wholeArn(arn: string): string {
  const name = arn.slice(arn.lastIndexOf(':') + 1);
  return Token.isUnresolved(name) || /-[A-Za-z0-9]{6}$/.test(name) ? arn : `${arn}-??????`;
}
