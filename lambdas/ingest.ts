/** Takes in what CloudWatch Logs delivers, see `core/take-delivery.ts`. */
import { dataOf, decodeAwslogs, unescapeMessage } from '../adapters/aws/awslogs-batch.ts';
import { dynamodbTable } from '../adapters/aws/dynamodb-table.ts';
import { logError } from '../adapters/aws/function-log.ts';
import { publishMetrics } from '../adapters/aws/metrics.ts';
import { readEnvironment } from '../adapters/aws/read-environment.ts';
import { RecentKeys } from '../adapters/aws/recent-keys.ts';
import { wakeQueue } from '../adapters/aws/wake-queue.ts';
import { METRICS } from '../core/contract.ts';
import { AppError } from '../core/errors.ts';
import { takeDelivery } from '../core/take-delivery.ts';

/** Lambda's; node:crypto for a name of our own would take as long to load as the rest. */
type InvocationContext = { readonly awsRequestId: string };

const clock = () => Date.now();
const environment = readEnvironment(process.env);
const table = dynamodbTable({ tableName: environment.table, clock });
const queue = wakeQueue(environment.wakeQueueUrl, clock);
const noted = new RecentKeys(clock);

/** Throws what cannot be taken in: Lambda repeats it twice, and keeps it in the dead-letter queue. */
export async function handler(event: unknown, context?: InvocationContext): Promise<void> {
  const { deployment } = environment;
  try {
    const taken = await takeDelivery(decodeAwslogs(dataOf(event)), {
      ...environment,
      table,
      wake: queue.wake,
      noted,
      unescapeMessage,
      nowMs: clock(),
      stamp: `${context?.awsRequestId} ${clock()}`,
    });
    publishMetrics(deployment, taken.metrics);
  } catch (error) {
    const reason = error instanceof AppError ? error.code : 'Unexpected';
    logError('delivery not taken in', error);
    const dimensions = { Reason: reason };
    publishMetrics(deployment, [{ name: METRICS.rejected, unit: 'Count', value: 1, dimensions }]);
    throw error;
  }
}
