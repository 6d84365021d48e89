/** Counts what deliveries have marked, see `core/evaluate/evaluate-service.ts`. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { logError, logInfo } from '../adapters/aws/function-log.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import { readEnvironment } from '../adapters/aws/read-environment.ts';
import { wakeQueue } from '../adapters/aws/wake-queue.ts';
import { serviceOfWakeUp } from '../adapters/aws/wake-up.ts';
import type { SWEEP_EVENT } from '../core/contract.ts';
import { evaluateService, isMarked } from '../core/evaluate/evaluate-service.ts';
import { metricsOfEvaluation } from '../core/evaluate/evaluation-metrics.ts';
import type { MetricPoint } from '../core/metric-point.ts';

const clock = () => Date.now();
const environment = readEnvironment(process.env);
const table = dynamodbTable({ tableName: environment.table, clock });
const queue = wakeQueue(environment.wakeQueueUrl, clock);

/** Of the queue's messages, those that failed come back; the schedule's sweep wakes the services with marks. */
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
    if (await isMarked(table, name)) await queue.wake(name);
  }
}

async function evaluate(body: string, attempt: string): Promise<boolean> {
  try {
    const service = serviceOfWakeUp(body, environment.services);
    const points: MetricPoint[] = [];
    const { minutes, changed, isMore } = await evaluateService(table, {
      service: service.name,
      nowMs: clock(),
      stamp: `${attempt}.${clock()}`,
      onMinute: (change) => points.push(...metricsOfEvaluation(service.name, change)),
    });
    publishMetrics(environment.deployment, points);
    logInfo('evaluated', { service: service.name, minutes, changed: changed.length });
    if (isMore) await queue.wake(service.name);
    return true;
  } catch (error) {
    logError('not evaluated', error);
    return false;
  }
}
