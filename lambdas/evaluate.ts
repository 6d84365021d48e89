/**
 * Counts what deliveries have marked, see `core/evaluate/evaluate-service.ts`, and publishes what becomes an alert,
 * see `core/incident/after-evaluation.ts`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { alertTopic } from '../adapters/aws/alert-topic.ts';
import { topicMessageOf } from '../adapters/aws/alert-topic-message.ts';
import { paceBy } from '../adapters/aws/alert-topic-pace.ts';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { logError, logInfo } from '../adapters/aws/function-log.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import { readEnvironment, readPolicy, readVariable } from '../adapters/aws/read-environment.ts';
import { wakeQueue } from '../adapters/aws/wake-queue.ts';
import { serviceOfWakeUp } from '../adapters/aws/wake-up.ts';
import { ENV, METRICS, type ServiceContract, type SWEEP_EVENT } from '../core/contract.ts';
import { evaluateService, isMarked } from '../core/evaluate/evaluate-service.ts';
import { metricsOfEvaluation } from '../core/evaluate/evaluation-metrics.ts';
import { type AfterEvaluationResult, afterEvaluation } from '../core/incident/after-evaluation.ts';
import type { TransitionKind } from '../core/incident/incident.ts';
import { hasAlive } from '../core/incident/incident-store.ts';
import type { Publication } from '../core/incident/summary.ts';
import { NO_EXTRAS } from '../core/messages/alert.ts';
import type { MetricPoint } from '../core/metric-point.ts';

const clock = () => Date.now();
const environment = readEnvironment(process.env);
const table = dynamodbTable({ tableName: environment.table, clock });
const queue = wakeQueue(environment.wakeQueueUrl, clock);
const policy = readPolicy(process.env);
const topic = alertTopic(readVariable(process.env, ENV.alertTopicArn));

/** SNS suspends an e-mail subscription beyond ten messages in a second; of two seconds that meet, twice as many count. */
const ALERTS_PER_SECOND = 4;
const takeTurn = paceBy(table, {
  name: 'alerts',
  perSecond: ALERTS_PER_SECOND,
  clock,
  wait: (ms) => wait(ms),
});

/** Half of the function's time: what is not published by then is so by the next one. */
const PUBLISHING_MS = 30_000;
/** What has to be done before the next sweep is not left to it. */
const SWEEP_MS = 60_000;

/**
 * Of the queue's messages, those that failed come back. The schedule's sweep wakes the services with marks, and those
 * with incidents, which time changes, too.
 */
export async function handler(
  event: SQSEvent | typeof SWEEP_EVENT,
): Promise<SQSBatchResponse | undefined> {
  if ('kind' in event) return sweep();
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    // After the first failure the rest comes back, too: a FIFO group is taken in its order.
    const isDone = batchItemFailures.length === 0 && (await evaluate(body, messageId));
    if (!isDone) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

async function sweep(): Promise<undefined> {
  for (const { name } of environment.services) {
    try {
      const isDue = (await isMarked(table, name)) || (await hasAlive(table, name));
      if (isDue) await queue.wake(name);
    } catch (error) {
      // The services after it are not to wait for it.
      logError('not swept', error, { service: name });
    }
  }
}

/** False for a message that can never be understood. */
async function evaluate(body: string, attempt: string): Promise<boolean> {
  try {
    const service = serviceOfWakeUp(body, environment.services);
    const stamp = `${attempt}.${clock()}`;
    const isMore = await count(service, stamp);
    const isSoon = await alert(service, stamp);
    if (isMore || isSoon) await queue.wake(service.name);
    return true;
  } catch (error) {
    logError('not evaluated', error);
    return false;
  }
}

/**
 * Whether there is more to count at once. A failure is not given back to the queue, where it would hold back the
 * service's next messages, nor does it keep incidents from being told: what is marked stays marked, and the next sweep
 * wakes the service again.
 */
async function count(service: ServiceContract, stamp: string): Promise<boolean> {
  try {
    const { minutes, changed, isMore } = await evaluateService(table, {
      service: service.name,
      nowMs: clock(),
      stamp,
      // At once: a minute that is written is not told again, whatever becomes of the next one.
      onMinute: (change) =>
        publishMetrics(environment.deployment, metricsOfEvaluation(service.name, change)),
    });
    logInfo('evaluated', { service: service.name, minutes, changed: changed.length });
    return isMore;
  } catch (error) {
    logError('not counted', error, { service: service.name });
    publishMetrics(environment.deployment, [pointOf(service.name, METRICS.evaluationFailures, 1)]);
    return false;
  }
}

/**
 * Whether it is to be done again before the next sweep. It never fails the message, which would hold back the
 * service's next ones until it is visible again: what is counted stays, and the next wake-up decides anew.
 */
async function alert(service: ServiceContract, stamp: string): Promise<boolean> {
  const nowMs = clock();
  try {
    const result = await afterEvaluation(
      { table, publish: (publication) => publish(publication, stamp, nowMs + PUBLISHING_MS) },
      { service: service.name, policy, settings: service, nowMs, stamp },
    );
    for (const error of result.errors) logError('not published', error, { service: service.name });
    publishMetrics(environment.deployment, metricsOf(service.name, result, nowMs));
    return result.nextDueMs !== null && result.nextDueMs < nowMs + SWEEP_MS;
  } catch (error) {
    logError('incidents not decided', error, { service: service.name });
    publishMetrics(environment.deployment, [pointOf(service.name, METRICS.alertingFailures, 1)]);
    return true;
  }
}

async function publish(publication: Publication, stamp: string, untilMs: number): Promise<void> {
  await takeTurn(`${stamp} ${publication.id}`, untilMs);
  await topic.publish(topicMessageOf({ publication, ...NO_EXTRAS }));
}

function metricsOf(
  service: string,
  { changed, published, errors }: AfterEvaluationResult,
  nowMs: number,
): MetricPoint[] {
  const decided = changed.flatMap(({ outbox }) => outbox.filter(({ at }) => at === nowMs));
  const count = (...kinds: readonly TransitionKind[]) =>
    decided.filter(({ kind }) => kinds.includes(kind)).length;
  return [
    pointOf(service, METRICS.incidentsOpened, count('opened', 'reopened')),
    pointOf(service, METRICS.incidentsResolved, count('resolved')),
    pointOf(service, METRICS.published, published),
    pointOf(service, METRICS.publishFailures, errors.length),
  ].filter(({ value }) => value > 0);
}

function pointOf(service: string, name: string, value: number): MetricPoint {
  return { name, unit: 'Count', value, dimensions: { Service: service } };
}
