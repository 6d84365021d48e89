/** Posts what comes from the topic of alerts to a Slack channel, see `adapters/aws/slack-webhook-delivery.ts`. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Context, SNSEvent, SNSMessage } from 'aws-lambda';
import { paceBy } from '../adapters/aws/alert-topic-pace.ts';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { logError, logInfo } from '../adapters/aws/function-log.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import { readVariable } from '../adapters/aws/read-environment.ts';
import { slackWebhook } from '../adapters/aws/slack-webhook.ts';
import { deliverToSlack } from '../adapters/aws/slack-webhook-delivery.ts';
import { slackMessageOf } from '../adapters/aws/slack-webhook-message.ts';
import { ENV, METRICS, TEST_ENV } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { slackPayloadOf } from '../core/messages/slack-payload.ts';

type Invocation = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

const deployment = readVariable(process.env, ENV.deployment);
const secretArn = readVariable(process.env, ENV.slackSecretArn);
const clock = () => Date.now();
const table = dynamodbTable({ tableName: readVariable(process.env, ENV.table), clock });
const webhook = slackWebhook({ readSecret, testOrigin: process.env[TEST_ENV.slackOrigin] });
const ports = {
  table,
  webhook,
  clock,
  wait: (ms: number) => wait(ms),
  // Slack's limit (docs.slack.dev/apis/web-api/rate-limits).
  takeTurn: paceBy(table, { name: 'slack', perSecond: 1, clock, wait: (ms) => wait(ms) }),
};

/** Throws what could not be posted: Lambda repeats it twice, and keeps it in the dead-letter queue. */
export async function handler({ Records }: SNSEvent, context: Invocation): Promise<void> {
  for (const { Sns } of Records) await post(Sns, context);
}

const COUNTED = {
  posted: METRICS.slackPosted,
  repeated: METRICS.slackRepeated,
  refused: METRICS.slackRefused,
};

async function post(message: SNSMessage, context: Invocation): Promise<void> {
  const { id, payload } = slackMessageOf(message, slackPayloadOf);
  try {
    const outcome = await deliverToSlack(
      ports,
      { id, payload },
      {
        untilMs: clock() + context.getRemainingTimeInMillis(),
        stamp: `${context.awsRequestId} ${clock()}`,
      },
    );
    count(COUNTED[outcome.kind]);
    if (outcome.kind !== 'refused') return logInfo(`${outcome.kind} to slack`, { id });
    logError('dropped', new AppError('SlackRefused', `Slack refused a message: ${outcome.reason}`));
  } catch (error) {
    count(METRICS.slackFailed);
    logError('not posted to slack', error, { id });
    throw error;
  }
}

function count(name: string): void {
  publishMetrics(deployment, [{ name, unit: 'Count', value: 1, dimensions: {} }]);
}

async function readSecret(): Promise<string> {
  const { secretsClient } = await import('../adapters/aws/secrets-client.ts');
  try {
    const { SecretString = '' } = await secretsClient().getSecretValue({ SecretId: secretArn });
    return SecretString;
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    throw new AppError('SecretUnreadable', `secret ${secretArn} could not be read (${name})`, {
      hint: "it must be there, and the policy of its key must let the function's role use it",
    });
  }
}
