/** Puts filters on log groups: for CloudFormation, as a custom resource, and on a schedule, for groups that came later. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import {
  answerCloudFormation,
  type CustomResourceAnswer,
  type CustomResourceEvent,
} from '../adapters/aws/cloudformation-response.ts';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { findLogStreams } from '../adapters/aws/find-log-streams.ts';
import { logError, logInfo } from '../adapters/aws/function-log.ts';
import {
  type SubscribeOutcome,
  type SubscribeTask,
  subscribeLogGroups,
} from '../adapters/aws/log-group-subscriptions.ts';
import type { LogGroupsClient } from '../adapters/aws/log-groups-client.ts';
import { paceRequests } from '../adapters/aws/log-groups-pace.ts';
import { parseSubscribeRequest } from '../adapters/aws/log-groups-request.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import { readServices, readVariable } from '../adapters/aws/read-environment.ts';
import { ENV, METRICS, type SubscribeRequest } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { hostOfStream } from '../core/host-of-stream.ts';
import { noteStreams } from '../core/records/note-streams.ts';

/** What the schedule sends. */
type RefreshEvent = { readonly kind: 'refresh'; readonly request: unknown };
type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

const DAY_MS = 86_400_000;

/** Time left at which no further group is begun: enough to end the last one and to answer. */
const RESERVE_MS = 90_000;

/** Always answers CloudFormation, and with a failure only for a request that cannot be read. */
export async function handler(
  event: CustomResourceEvent | RefreshEvent,
  context: Remaining,
): Promise<SubscribeOutcome | undefined> {
  if ('kind' in event) {
    const request = parseSubscribeRequest(event.request);
    const outcome = await subscribe({ request, previous: null }, context);
    if (request.watched.length > 0) await lookAtStreams(request, context);
    return outcome;
  }
  await answerCloudFormation(event, await answerTo(event, context), wait);
  return undefined;
}

async function answerTo(
  event: CustomResourceEvent,
  context: Remaining,
): Promise<CustomResourceAnswer> {
  const isDelete = event.RequestType === 'Delete';
  const asked = read(event.ResourceProperties.Request);
  if (asked instanceof AppError) {
    logError('not subscribed', asked);
    // A stack that cannot be deleted would be worse than a filter left behind.
    return isDelete ? { status: 'SUCCESS' } : { status: 'FAILED', reason: asked.message };
  }
  const previous = read(event.OldResourceProperties?.Request);
  const task = isDelete
    ? { request: null, previous: asked }
    : // What cannot be read was never acted upon.
      { request: asked, previous: previous instanceof AppError ? null : previous };
  return { status: 'SUCCESS', data: await subscribeForStack(task, context) };
}

function read(value: unknown): SubscribeRequest | AppError {
  try {
    return parseSubscribeRequest(value);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** The attributes of the resource. A deployment is not undone for a filter: the next refresh tries again. */
async function subscribeForStack(
  task: Pick<SubscribeTask, 'request' | 'previous'>,
  context: Remaining,
): Promise<Readonly<Record<string, string>>> {
  try {
    const { problems, waiting } = await subscribe(task, context);
    return { Problems: problems.join('\n'), Waiting: waiting.join('\n') };
  } catch (error) {
    logError('not subscribed', error);
    return { Problems: error instanceof Error ? error.message : String(error), Waiting: '' };
  }
}

async function subscribe(
  task: Pick<SubscribeTask, 'request' | 'previous'>,
  context: Remaining,
): Promise<SubscribeOutcome> {
  const outcome = await subscribeLogGroups({
    ...task,
    client: await clientOf(),
    isTimeUp: () => context.getRemainingTimeInMillis() < RESERVE_MS,
  });
  logInfo('log groups subscribed', { ...outcome, unchanged: outcome.unchanged.length });
  const deployment = (task.request ?? task.previous)?.deployment ?? '';
  const value = outcome.problems.length;
  publishMetrics(deployment, [
    { name: METRICS.unsubscribed, unit: 'Count', value, dimensions: {} },
  ]);
  return outcome;
}

/** Notes which hosts send which logs: the filters deliver failures alone. */
async function lookAtStreams(request: SubscribeRequest, context: Remaining): Promise<void> {
  const nowMs = Date.now();
  const found = await findLogStreams({
    client: await clientOf(),
    deployment: request.deployment,
    watched: request.watched,
    sinceMs: nowMs - DAY_MS,
    isTimeUp: () => context.getRemainingTimeInMillis() < RESERVE_MS,
  });
  const table = dynamodbTable({ tableName: readVariable(process.env, ENV.table), clock: Date.now });
  for (const service of readServices(process.env)) {
    const streams = found
      .filter((stream) => stream.service === service.name)
      .map(({ role, group, stream }) => {
        return { role, host: hostOfStream(stream, service.streams), path: `${group}/${stream}` };
      });
    await noteStreams(table, { service: service.name, streams, nowMs, stamp: `${nowMs}` });
  }
}

let client: LogGroupsClient | null = null;

async function clientOf(): Promise<LogGroupsClient> {
  if (client === null) {
    const { logGroupsClient } = await import('../adapters/aws/log-groups-client.ts');
    client = paceRequests(logGroupsClient(), { clock: Date.now, wait });
  }
  return client;
}
