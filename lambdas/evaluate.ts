/**
 * Counts what deliveries have marked, see `core/evaluate/evaluate-service.ts`, and publishes what becomes an alert,
 * see `core/incident/after-evaluation.ts`, with what `core/incident/alert-extras.ts` looks up for it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { alertTopic } from '../adapters/aws/alert-topic.ts';
import { paceBy } from '../adapters/aws/alert-topic-pace.ts';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { logError, logInfo } from '../adapters/aws/function-log.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import {
  readAlertEmails,
  readEnvironment,
  readLogGroups,
  readPolicy,
  readVariable,
} from '../adapters/aws/read-environment.ts';
import { countRequestsBy } from '../adapters/aws/request-counts.ts';
import type { AlertSenderPorts } from '../adapters/aws/send-alert.ts';
import { listSubscriptions } from '../adapters/aws/subscription-check.ts';
import { wakeQueue } from '../adapters/aws/wake-queue.ts';
import { serviceOfWakeUp } from '../adapters/aws/wake-up.ts';
import { ENV, METRICS, type ServiceContract, type SWEEP_EVENT } from '../core/contract.ts';
import { evaluateService, isMarked } from '../core/evaluate/evaluate-service.ts';
import { metricsOfEvaluation } from '../core/evaluate/evaluation-metrics.ts';
import { type AfterEvaluationResult, afterEvaluation } from '../core/incident/after-evaluation.ts';
import type { TransitionKind } from '../core/incident/incident.ts';
import { hasAlive } from '../core/incident/incident-store.ts';
import type { Publish } from '../core/incident/publish-somehow.ts';
import { checkSubscriptions } from '../core/incident/subscriptions.ts';
import { NO_EXTRAS } from '../core/messages/alert.ts';
import type { MetricPoint } from '../core/metric-point.ts';

const clock = () => Date.now();
const environment = readEnvironment(process.env);
const table = dynamodbTable({ tableName: environment.table, clock });
const queue = wakeQueue(environment.wakeQueueUrl, clock);
const policy = readPolicy(process.env);
const topicArn = readVariable(process.env, ENV.alertTopicArn);
const alertEmails = readAlertEmails(process.env);
const countRequests = countRequestsBy({
  deployment: environment.deployment,
  clock,
  onError: (error, service) =>
    failSoft('requests not counted', METRICS.requestCountFailures, { error, service }),
});

/** SNS suspends an e-mail subscription beyond ten messages in a second; of two seconds that meet, twice as many count. */
const ALERTS_PER_SECOND = 4;
const sender: AlertSenderPorts = {
  table,
  topic: alertTopic(topicArn),
  takeTurn: paceBy(table, {
    name: 'alerts',
    perSecond: ALERTS_PER_SECOND,
    clock,
    wait: (ms) => wait(ms),
  }),
  logGroups: readLogGroups(process.env),
  region: process.env.AWS_REGION ?? '',
  clock,
  onMissing: (error, service) =>
    failSoft('logs not looked into', METRICS.contextFailures, { error, service }),
};

/** All that messages are made of, which most evaluations do not need. */
const loadSender = () => import('../adapters/aws/send-alert.ts');

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
  await lookForSubscribers();
}

/** Whether everybody gets the alerts is told by those who do. */
async function lookForSubscribers(): Promise<void> {
  const nowMs = clock();
  const stamp = `subscriptions.${nowMs}.${Math.random()}`;
  const point = (name: string, value: number) =>
    publishMetrics(environment.deployment, [{ name, unit: 'Count', value, dimensions: {} }]);
  try {
    const problems = await checkSubscriptions(table, {
      list: () => listSubscriptions(topicArn),
      publish: async (publication) => {
        const alert = { publication, ...NO_EXTRAS };
        const { sendMessage } = await loadSender();
        await sendMessage(sender, alert, { stamp, untilMs: nowMs + PUBLISHING_MS });
      },
      configured: alertEmails,
      topicArn,
      nowMs,
      stamp,
    });
    if (problems !== null) point(METRICS.subscriptionsMissing, problems.length);
  } catch (error) {
    logError('subscriptions not checked', error);
    point(METRICS.subscriptionCheckFailures, 1);
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
  const sending = { service, stamp, sinceMs: nowMs, untilMs: nowMs + PUBLISHING_MS };
  const publish: Publish = async (publication, { isBare }) => {
    const { sendAlert } = await loadSender();
    await sendAlert(sender, publication, { ...sending, isBare });
  };
  try {
    const result = await afterEvaluation(
      { table, publish, countRequests },
      { service: service.name, policy, settings: service, nowMs, stamp },
    );
    logOutcome(service.name, result);
    publishMetrics(environment.deployment, metricsOf(service.name, result, nowMs));
    return result.nextDueMs !== null && result.nextDueMs < nowMs + SWEEP_MS;
  } catch (error) {
    logError('incidents not decided', error, { service: service.name });
    publishMetrics(environment.deployment, [pointOf(service.name, METRICS.alertingFailures, 1)]);
    return true;
  }
}

function logOutcome(service: string, { errors, shortened, dropped }: AfterEvaluationResult): void {
  for (const error of errors) logError('not published', error, { service });
  for (const error of shortened) logError('published without its details', error, { service });
  for (const error of dropped) logError('alert given up', error, { service });
}

function failSoft(
  message: string,
  metric: string,
  { error, service }: { readonly error: unknown; readonly service: string },
): void {
  logError(message, error, { service });
  publishMetrics(environment.deployment, [pointOf(service, metric, 1)]);
}

function metricsOf(
  service: string,
  { changed, published, errors, shortened, dropped }: AfterEvaluationResult,
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
    pointOf(service, METRICS.shortened, shortened.length),
    pointOf(service, METRICS.dropped, dropped.length),
  ].filter(({ value }) => value > 0);
}

function pointOf(service: string, name: string, value: number): MetricPoint {
  return { name, unit: 'Count', value, dimensions: { Service: service } };
}
