import { aws_sqs as sqs } from 'aws-cdk-lib';
import type { Deployment } from './deployment.ts';

/** The customer's key if there is one, else the key that SQS manages. */
export function queueEncryption({ encryptionKey }: Deployment): sqs.QueueProps {
  return encryptionKey
    ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
    : { encryption: sqs.QueueEncryption.SQS_MANAGED };
}
