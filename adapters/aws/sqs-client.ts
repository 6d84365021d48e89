import { SendMessageCommand, type SendMessageRequest, SQSClient } from '@aws-sdk/client-sqs';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one request that the functions make of SQS. */
export type SqsClient = { sendMessage(input: SendMessageRequest): Promise<unknown> };

/** A client with bounded retries and timeouts. This module loads the SDK: import it when the first message is sent. */
export function sqsClient(): SqsClient {
  const client = new SQSClient({
    ...NOTHING_TO_LOOK_UP,
    // TLS does the same.
    md5: false,
    retryMode: 'standard',
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  return { sendMessage: (input) => client.send(new SendMessageCommand(input)) };
}
