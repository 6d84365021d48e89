/** The FIFO queue that asks for evaluations: one message group a service, so that one runs at a time. */
import { WAKE_DELAY_SECONDS } from '../../core/contract.ts';
import type { SqsClient } from './sqs-client.ts';

const BUCKET_MS = WAKE_DELAY_SECONDS * 1_000;

export type WakeQueue = {
  /**
   * Asks for an evaluation of what was written until now. Those of one bucket of time come to one message (SQS drops
   * the repetitions within five minutes); the queue delays it by the length of a bucket, so that it comes after all
   * that was written in it.
   */
  wake(service: string): Promise<void>;
};

/** `clock`: epoch milliseconds. */
export function wakeQueue(
  queueUrl: string,
  clock: () => number,
  open: () => Promise<SqsClient> = openClient,
): WakeQueue {
  let client: Promise<SqsClient> | null = null;
  const asked = new Map<string, number>();
  return {
    async wake(service) {
      const bucket = Math.floor(clock() / BUCKET_MS);
      if (asked.get(service) === bucket) return;
      client ??= open();
      await (await client).sendMessage({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify({ service }),
        MessageGroupId: service,
        MessageDeduplicationId: `${service}-${bucket}`,
      });
      asked.set(service, bucket);
    },
  };
}

async function openClient(): Promise<SqsClient> {
  const { sqsClient } = await import('./sqs-client.ts');
  return sqsClient();
}
