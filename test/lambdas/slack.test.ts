/** The function with its real clients, in front of servers that stand for Secrets Manager and for Slack. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SNSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENV, TEST_ENV } from '../../core/contract.ts';
import { SlackServer } from '../adapters/aws/slack-server.ts';
import { memoryTable } from '../fakes/memory-table.ts';

vi.mock('../../adapters/aws/dynamodb-table.ts', () => ({ dynamodbTable: () => memoryTable() }));
// Waiting moves the clock.
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void vi.setSystemTime(Date.now() + ms),
}));

type Handler = typeof import('../../lambdas/slack.ts')['handler'];

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf';
const PATH = '/services/T000/B000/verysecretpath';
let slack: SlackServer;
let secrets: Server;
let reads: number;
/** What the secret holds, one by one; the last one for ever. */
let values: (string | null)[];
let written: string[];
let handler: Handler;
let messages = 0;

beforeAll(async () => {
  slack = await SlackServer.start();
  secrets = createServer((_, response) => {
    reads++;
    const value = values.length > 1 ? values.shift() : values[0];
    response.statusCode = typeof value === 'string' ? 200 : 400;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(
      JSON.stringify(
        typeof value === 'string'
          ? { ARN: SECRET_ARN, SecretString: value }
          : { __type: 'AccessDeniedException', message: 'not allowed' },
      ),
    );
  });
  secrets.listen(0, '127.0.0.1');
  await once(secrets, 'listening');
  const { port } = secrets.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENV.deployment, 'prod');
  vi.stubEnv(ENV.table, 'table');
  vi.stubEnv(ENV.slackSecretArn, SECRET_ARN);
  vi.stubEnv(TEST_ENV.slackOrigin, slack.origin);
});

afterAll(() => {
  slack.stop();
  secrets.close();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 20, 12) });
  slack.clear();
  reads = 0;
  values = [slack.origin + PATH];
  written = [];
  const keep = (...texts: unknown[]) => written.push(texts.map(textOf).join(' ')) > 0;
  for (const name of ['info', 'error', 'log', 'warn'] as const)
    vi.spyOn(console, name).mockImplementation(keep);
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  vi.resetModules();
  ({ handler } = await import('../../lambdas/slack.ts'));
});

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** SNS's event with an alarm of CloudWatch, which anybody's topic may get. */
function alarm(Subject: string, MessageId = `m-${messages++}`): SNSEvent {
  const Sns = { MessageId, Subject, Message: '{"AlarmName":"x"}' };
  return { Records: [{ Sns }] } as unknown as SNSEvent;
}

async function post(event: SNSEvent, remainingMs = 300_000): Promise<unknown> {
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => remainingMs };
  return handler(event, context).catch((error: unknown) => error);
}

function metrics(): string[] {
  return written
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics[0].Name);
}

describe('the slack function', () => {
  it('posts alarms in plain words, which call nobody and link nowhere', async () => {
    expect(await post(alarm('ALARM: <!channel> "5xx" in EU & more'))).toBeUndefined();
    expect(slack.posts.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({
        text: 'ALARM: &lt;!channel&gt; "5xx" in EU &amp; more',
        blocks: [
          {
            type: 'section',
            text: {
              type: 'plain_text',
              text: 'ALARM: <!channel> "5xx" in EU & more',
              emoji: false,
            },
          },
        ],
      }),
    ]);
    expect(metrics()).toEqual(['SlackPosted']);
  });

  it('drops repetitions', async () => {
    await post(alarm('one', 'same'));
    await post(alarm('one', 'same'));
    expect(slack.posts).toHaveLength(1);
    expect(metrics()).toEqual(['SlackPosted', 'SlackRepeatsDropped']);
  });

  it('tries again what Slack may take later', async () => {
    slack.answers = [{ status: 429, headers: { 'retry-after': '2' } }, { status: 503 }];
    expect(await post(alarm('one'))).toBeUndefined();
    expect(slack.posts).toHaveLength(3);
    expect(metrics()).toEqual(['SlackPosted']);
  });

  it('reads the secret anew when the webhook is gone', async () => {
    values = [`${slack.origin}/services/old`, slack.origin + PATH];
    slack.answers = [{ status: 404, body: 'no_service' }];
    expect(await post(alarm('one'))).toBeUndefined();
    expect(slack.posts.map(({ path }) => path)).toEqual(['/services/old', PATH]);
    expect(reads).toBe(2);
  });

  it('drops what Slack refuses, with its short error', async () => {
    slack.answers = [{ status: 400, body: 'invalid_blocks' }];
    expect(await post(alarm('one'))).toBeUndefined();
    expect(metrics()).toEqual(['SlackRefused']);
    expect(written.join('\n')).toContain('400 invalid_blocks');
  });

  it.each([
    ['a webhook that is gone for good', 'SlackClosed', [{ status: 404 }], PATH],
    ['another host', 'WebhookNotAllowed', [], 'https://example.org/verysecretpath'],
    ['a secret without a URL', 'BadWebhookSecret', [], 'verysecretpath'],
    ['a secret that it may not read', 'SecretUnreadable', [], null],
  ])('fails for %s, so that Lambda keeps the message', async (_, code, answers, value) => {
    values = [value === PATH ? slack.origin + PATH : value];
    slack.answers = answers;
    expect(await post(alarm('one'))).toMatchObject({ code });
    expect(metrics()).toEqual(['SlackFailures']);
  });

  it('fails when Slack is down for longer than it may take', async () => {
    slack.answers = [{ status: 429, headers: { 'retry-after': '600' } }];
    expect(await post(alarm('one'))).toMatchObject({ code: 'SlackUnavailable' });
    expect(slack.posts).toHaveLength(1);
  });

  it('never says where it posts to', async () => {
    slack.answers = [
      { status: 500, body: PATH },
      { status: 403, body: PATH },
      { status: 400, body: slack.origin + PATH },
      { status: 404, body: PATH },
      { status: 302, headers: { location: PATH } },
      { status: 403, body: PATH },
    ];
    const errors: unknown[] = [];
    for (const subject of ['one', 'two', 'three', 'four']) errors.push(await post(alarm(subject)));
    values = ['https://example.org/verysecretpath'];
    errors.push(await post(alarm('five')));
    const said = [...written, ...errors.map((error) => String((error as Error)?.stack))];
    expect(said.join('\n')).not.toMatch(/verysecretpath|services/);
    expect(slack.posts).toHaveLength(6);
    expect(errors.at(-1)).toMatchObject({ code: 'WebhookNotAllowed' });
  });
});
