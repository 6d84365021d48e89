/** Who is subscribed to a topic. */
import { AppError } from '../../core/errors.ts';
import type { ListedSubscription } from '../../core/incident/subscriptions.ts';
import type { SubscriptionsClient } from './subscription-check-client.ts';

/** A hundred subscriptions each. */
const MAX_PAGES = 20;

/** All subscriptions of the topic. Throws an `AppError` when SNS does not list them, or not to their end. */
export async function listSubscriptions(
  topicArn: string,
  open: () => Promise<SubscriptionsClient> = openClient,
): Promise<readonly ListedSubscription[]> {
  const listed: ListedSubscription[] = [];
  try {
    const client = await open();
    let NextToken: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const request = { TopicArn: topicArn, ...(NextToken === undefined ? {} : { NextToken }) };
      const answer = await client.listSubscriptionsByTopic(request);
      for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of answer.Subscriptions ??
        []) {
        listed.push({ protocol: Protocol, endpoint: Endpoint, arn: SubscriptionArn });
      }
      NextToken = answer.NextToken;
      if (!NextToken) return listed;
    }
  } catch (error) {
    const { name } = Object(error) as Record<string, unknown>;
    throw notListed(topicArn, String(name));
  }
  // Half of a list would make addresses of the other half look removed.
  throw notListed(topicArn, `more than ${MAX_PAGES} pages`);
}

async function openClient(): Promise<SubscriptionsClient> {
  const { subscriptionsClient } = await import('./subscription-check-client.ts');
  return subscriptionsClient();
}

function notListed(topicArn: string, why: string): AppError {
  return new AppError(
    'SubscriptionsNotListed',
    `sns:ListSubscriptionsByTopic of ${topicArn} failed (${why})`,
    { hint: 'whether everybody gets alerts is not known; it is tried again in an hour' },
  );
}
