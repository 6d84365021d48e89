import { Duration, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV, WAKE_DELAY_SECONDS } from '../core/contract.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Deployment } from './deployment.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import { queueEncryption } from './queue-encryption.ts';

/** Tries of one wake-up before it goes to the dead-letter queue. */
const MAX_TRIES = 5;

/** How far the clocks of two functions may be apart without a wake-up that comes too early. */
const CLOCK_SLACK_SECONDS = 2;

/**
 * Says which services have something to evaluate. A message group a service, so that no service is evaluated twice at
 * once; the sender names each bucket of time (never the content: that would drop the next wake-up of the same service).
 */
export class WakeQueue extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: DeadLetterQueue;

  constructor(scope: Construct, id: string, deployment: Deployment, visibility: Duration) {
    super(scope, id);
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', deployment, 'fifo');
    this.queue = new sqs.Queue(this, 'Queue', {
      ...queueEncryption(deployment),
      fifo: true,
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deliveryDelay: Duration.seconds(WAKE_DELAY_SECONDS + CLOCK_SLACK_SECONDS),
      visibilityTimeout: visibility,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_TRIES },
    });
  }

  /** What a function needs to know of the queue. */
  get environment(): Record<string, string> {
    return { [ENV.wakeQueueUrl]: this.queue.queueUrl };
  }

  grantSend(to: PipelineFunction): void {
    to.allow(['sqs:SendMessage'], [this.queue.queueArn]);
  }
}
