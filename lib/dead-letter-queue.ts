import { Duration, aws_sqs as sqs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Deployment } from './deployment.ts';
import { queueEncryption } from './queue-encryption.ts';

/** Keeps for two weeks what could not be handled. Takes messages only over TLS. */
export class DeadLetterQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, deployment: Deployment, kind: 'standard' | 'fifo') {
    super(scope, id, {
      ...queueEncryption(deployment),
      ...(kind === 'fifo' ? { fifo: true } : {}),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      this,
      'AwsSolutions-SQS3',
      'It is a dead-letter queue: of a function, which no rule sees.',
    );
  }
}
