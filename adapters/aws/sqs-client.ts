import type { SendMessageRequest } from '@aws-sdk/client-sqs';
import { jsonClient } from './json-client.ts';

/** The one request that the functions make of SQS. */
export type SqsClient = { sendMessage(input: SendMessageRequest): Promise<unknown> };

/** A client with bounded retries and timeouts. */
export function sqsClient(): SqsClient {
  const send = jsonClient({ name: 'sqs', target: 'AmazonSQS' });
  return { sendMessage: (input) => send('SendMessage', input) };
}
