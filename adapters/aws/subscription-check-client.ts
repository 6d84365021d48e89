import {
  ListSubscriptionsByTopicCommand,
  type ListSubscriptionsByTopicInput,
  type ListSubscriptionsByTopicResponse,
  SNSClient,
} from '@aws-sdk/client-sns';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one question about a topic's subscriptions. */
export type SubscriptionsClient = {
  listSubscriptionsByTopic(
    input: ListSubscriptionsByTopicInput,
  ): Promise<ListSubscriptionsByTopicResponse>;
};

/** A client with bounded retries and timeouts. This module loads the SDK: import it when subscriptions are listed. */
export function subscriptionsClient(): SubscriptionsClient {
  const client = new SNSClient({
    ...NOTHING_TO_LOOK_UP,
    retryMode: 'standard',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  return {
    listSubscriptionsByTopic: (input) => client.send(new ListSubscriptionsByTopicCommand(input)),
  };
}
