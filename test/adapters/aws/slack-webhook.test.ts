import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slackWebhook } from '../../../adapters/aws/slack-webhook.ts';
import { SlackServer } from './slack-server.ts';

const PATH = '/services/T000/B000/secretsecret';
let slack: SlackServer;
let reads: number;
let secrets: string[];

beforeAll(async () => {
  slack = await SlackServer.start();
});
afterAll(() => slack.stop());
beforeEach(() => {
  slack.clear();
  reads = 0;
  secrets = [`${slack.origin}${PATH}`];
});

function webhook(timeoutMs = 2_000) {
  const readSecret = async () => {
    reads++;
    return (secrets.length > 1 ? secrets.shift() : secrets[0]) ?? '';
  };
  return slackWebhook({ readSecret, testOrigin: slack.origin, timeoutMs });
}

describe('a webhook', () => {
  it('gets the payload as JSON, at a URL that is read once', async () => {
    const { post } = webhook();
    expect(await post({ text: 'é' })).toEqual({ kind: 'posted' });
    expect(await post({ text: 'two' })).toEqual({ kind: 'posted' });
    expect(slack.posts).toEqual([
      { path: PATH, contentType: 'application/json; charset=utf-8', payload: { text: 'é' } },
      { path: PATH, contentType: 'application/json; charset=utf-8', payload: { text: 'two' } },
    ]);
    expect(reads).toBe(1);
  });

  it('may stand in JSON, with space around it', async () => {
    secrets = [`  ${JSON.stringify({ url: `${slack.origin}${PATH}` })}\n`];
    expect(await webhook().post({})).toEqual({ kind: 'posted' });
  });

  it.each([
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { reason: '429', afterMs: 7_000 },
    ],
    [
      { status: 429, body: 'rate_limited' },
      { reason: '429 rate_limited', afterMs: null },
    ],
    [
      { status: 429, headers: { 'retry-after': 'soon' } },
      { reason: '429', afterMs: null },
    ],
    [
      { status: 500, body: '<html>Oops</html>' },
      { reason: '500', afterMs: null },
    ],
    [
      { status: 503, headers: { 'retry-after': '30' } },
      { reason: '503', afterMs: 30_000 },
    ],
  ])('that answers %j may take it later', async (answer, wanted) => {
    slack.answers = [answer];
    expect(await webhook().post({})).toEqual({ kind: 'later', ...wanted });
  });

  it.each([
    [{ status: 400, body: 'invalid_payload' }, '400 invalid_payload'],
    [{ status: 400, body: `no ${PATH}` }, '400'],
    [{ status: 413, body: '' }, '413'],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, '302'],
  ])('that answers %j will never take it', async (answer, reason) => {
    slack.answers = [answer];
    expect(await webhook().post({})).toEqual({ kind: 'refused', reason });
    expect(slack.posts).toHaveLength(1);
  });

  it.each([403, 404, 410])(
    'that answers %d is read again, and posted to once more',
    async (status) => {
      secrets = [`${slack.origin}/services/old`, `${slack.origin}/services/new`];
      slack.answers = [{ status, body: 'no_service' }];
      expect(await webhook().post({})).toEqual({ kind: 'posted' });
      expect(slack.posts.map(({ path }) => path)).toEqual(['/services/old', '/services/new']);
    },
  );

  it('that is closed for good is read again for each message, and not posted to again', async () => {
    slack.answers = [
      { status: 404, body: 'no_service' },
      { status: 404, body: 'no_service' },
    ];
    const { post } = webhook();
    expect(await post({})).toEqual({ kind: 'closed', reason: '404 no_service' });
    expect(await post({})).toEqual({ kind: 'closed', reason: '404 no_service' });
    expect(slack.posts).toHaveLength(2);
    expect(reads).toBe(4);
  });

  it('that does not answer may take it later', async () => {
    slack.answers = [{ status: 200, isSilent: true }];
    expect(await webhook(60).post({})).toEqual({
      kind: 'later',
      reason: 'TimeoutError',
      afterMs: null,
    });
  });

  it('that cannot be reached may take it later', async () => {
    const gone = await SlackServer.start();
    const { origin } = gone;
    gone.stop();
    const { post } = slackWebhook({ readSecret: async () => `${origin}/x`, testOrigin: origin });
    expect(await post({})).toEqual({ kind: 'later', reason: 'ECONNREFUSED', afterMs: null });
  });

  it.each([
    'http://hooks.slack.com/services/secret',
    'https://hooks.slack.com.example.org/services/secret',
    'https://hooks.slack.com:8443/services/secret',
    'https://user:secret@hooks.slack.com/services/secret',
    'https://example.org/hooks.slack.com/secret',
    'http://169.254.169.254/latest/secret',
    'file:///etc/secret',
  ])('at %s is refused, and not named', async (url) => {
    const { post } = slackWebhook({ readSecret: async () => url });
    const error = await post({}).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'WebhookNotAllowed' });
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toMatch(
      /secret@|\/secret|:8443/,
    );
  });

  it.each(['', 'secret-thing', '{"webhook": "secret"}', '{secret'])(
    'of the secret %j is no URL, and the secret is not named',
    async (secret) => {
      const { post } = slackWebhook({ readSecret: async () => secret });
      const error = await post({}).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: 'BadWebhookSecret' });
      expect(JSON.stringify([error, String(error)])).not.toContain('secret-thing');
    },
  );
});
