import { expect, test } from 'vitest';
import { listSubscriptions } from '../../../adapters/aws/subscription-check.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';

/** Answers with the pages in order; the last one for ever. */
function client(pages: readonly ({ NextToken?: string } | Error)[]) {
  const tokens: unknown[] = [];
  const open = async () => ({
    async listSubscriptionsByTopic({ NextToken }: { NextToken?: string | undefined }) {
      const page = pages[Math.min(tokens.push(NextToken), pages.length) - 1] ?? {};
      if (page instanceof Error) throw page;
      const Subscriptions = [{ Protocol: 'email', Endpoint: 'a@b', SubscriptionArn: 'Deleted' }];
      return { Subscriptions, ...page };
    },
  });
  return { tokens, open };
}

test('all pages of the subscriptions are read', async () => {
  const { tokens, open } = client([{ NextToken: '2' }, {}]);
  expect(await listSubscriptions(TOPIC, open)).toEqual([
    { protocol: 'email', endpoint: 'a@b', arn: 'Deleted' },
    { protocol: 'email', endpoint: 'a@b', arn: 'Deleted' },
  ]);
  expect(tokens).toEqual([undefined, '2']);
});

test.each([
  [
    'a refusal',
    [Object.assign(new Error('secret'), { name: 'AuthorizationError' })],
    'AuthorizationError',
  ],
  ['a list without an end', [{ NextToken: '2' }], 'more than 20 pages'],
])('of %s nobody concludes who is missing', async (_, pages, why) => {
  await expect(listSubscriptions(TOPIC, client(pages).open)).rejects.toMatchObject({
    code: 'SubscriptionsNotListed',
    message: `sns:ListSubscriptionsByTopic of ${TOPIC} failed (${why})`,
  });
});
