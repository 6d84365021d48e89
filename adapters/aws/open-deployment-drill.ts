/** What a drill asks of AWS. This module loads the SDK: import it when it is needed. */
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DescribeSubscriptionFiltersCommand,
  PutLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { parseFilterName } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { ListedSubscription } from '../../core/incident/subscriptions.ts';
import type { OpenDeployment } from './open-deployment.ts';

export type LinesToPut = {
  readonly logGroup: string;
  readonly logStream: string;
  readonly atMs: number;
  readonly lines: readonly string[];
};

/** Writes lines into a new log stream. Throws `AppError` when CloudWatch Logs does not take all of them. */
export async function putLines(deployment: OpenDeployment, put: LinesToPut): Promise<void> {
  const { clientConfig, send } = deployment;
  const client = new CloudWatchLogsClient(clientConfig);
  const stream = { logGroupName: put.logGroup, logStreamName: put.logStream };
  const logEvents = put.lines.map((message) => ({ timestamp: put.atMs, message }));
  try {
    await send('logs:CreateLogStream', () => client.send(new CreateLogStreamCommand(stream)));
    const { rejectedLogEventsInfo } = await send('logs:PutLogEvents', () =>
      client.send(new PutLogEventsCommand({ ...stream, logEvents })),
    );
    if (!rejectedLogEventsInfo) return;
    throw new AppError('LinesRejected', 'CloudWatch Logs did not take the lines of this time', {
      hint: 'set the clock of this machine: it is off by hours',
    });
  } finally {
    client.destroy();
  }
}

/** All subscriptions of the topic of alerts. */
export async function subscriptionsOf(
  deployment: OpenDeployment,
): Promise<readonly ListedSubscription[]> {
  const { clientConfig, send, topicArn: TopicArn } = deployment;
  const client = new SNSClient(clientConfig);
  const listed: ListedSubscription[] = [];
  try {
    let NextToken: string | undefined;
    do {
      const input = { TopicArn, NextToken };
      const answer = await send('sns:ListSubscriptionsByTopic', () =>
        client.send(new ListSubscriptionsByTopicCommand(input)),
      );
      for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of answer.Subscriptions ??
        []) {
        listed.push({ protocol: Protocol, endpoint: Endpoint, arn: SubscriptionArn });
      }
      NextToken = answer.NextToken;
    } while (NextToken);
    return listed;
  } finally {
    client.destroy();
  }
}

/**
 * Of the log groups those that are there, but without a filter of this deployment: nothing of them is read. `null`:
 * whoever asks may not look.
 */
export async function groupsWithoutFilter(
  deployment: OpenDeployment,
  logGroups: readonly string[],
): Promise<readonly string[] | null> {
  const client = new CloudWatchLogsClient(deployment.clientConfig);
  try {
    const found = [];
    for (const name of logGroups) {
      if (!(await hasFilter(client, name, deployment.name))) found.push(name);
    }
    return found;
  } catch {
    // It is said beside what was asked for.
    return null;
  } finally {
    client.destroy();
  }
}

/** A group that does not exist yet has nothing that could be read. */
async function hasFilter(
  client: CloudWatchLogsClient,
  logGroupName: string,
  deployment: string,
): Promise<boolean> {
  try {
    const { subscriptionFilters = [] } = await client.send(
      new DescribeSubscriptionFiltersCommand({ logGroupName }),
    );
    return subscriptionFilters.some(
      ({ filterName = '' }) => parseFilterName(filterName)?.deployment === deployment,
    );
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return true;
    throw error;
  }
}
