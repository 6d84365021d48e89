/** The FIFO queue that asks for evaluations: one message group a service, so that one runs at a time. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { WAKE_DELAY_SECONDS } from '../../core/contract.ts';

const BUCKET_MS = WAKE_DELAY_SECONDS * 1_000;

export type WakeQueue = {
  /**
   * Asks for an evaluation of what was written until now. Those of one bucket of time come to one message (SQS drops
   * the repetitions within five minutes); the queue delays it by the length of a bucket, so that it comes after all
   * that was written in it.
   */
  wake(service: string): Promise<void>;
};

/** The client is made when it is first needed. */
export function wakeQueue(queueUrl: string, clock: () => number): WakeQueue {
  let client: SQSClient | null = null;
  const asked = new Map<string, number>();
  return {
    async wake(service) {
      const bucket = Math.floor(clock() / BUCKET_MS);
      if (asked.get(service) === bucket) return;
      client ??= new SQSClient({ maxAttempts: 4 });
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify({ service }),
          MessageGroupId: service,
          MessageDeduplicationId: `${service}-${bucket}`,
        }),
      );
      asked.set(service, bucket);
    },
  };
}
