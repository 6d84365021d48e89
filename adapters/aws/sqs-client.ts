import { SendMessageCommand, type SendMessageRequest, SQSClient } from '@aws-sdk/client-sqs';

/** The one request that the functions make of SQS. */
export type SqsClient = { sendMessage(input: SendMessageRequest): Promise<unknown> };

/** A client with bounded retries and timeouts. This module loads the SDK: import it when the first message is sent. */
export function sqsClient(): SqsClient {
  const client = new SQSClient({
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
