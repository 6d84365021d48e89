/** The function with its rules, in front of clients that answer as told. */

import type { ListSubscriptionsByTopicResponse } from '@aws-sdk/client-sns';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENV, SWEEP_EVENT } from '../../core/contract.ts';
import { incidentKey, markerKey } from '../../core/records/keys.ts';
import { noteStreams } from '../../core/records/note-streams.ts';
import { writeMinutes } from '../core/incident/deployment.ts';
import { at } from '../core/incident/service.ts';
import { memoryTable } from '../fakes/memory-table.ts';

type Handler = typeof import('../../lambdas/evaluate.ts')['handler'];
type Publication = { readonly Message: string; readonly Subject: string };

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';
const TRACEBACK = [
  '[2026-11-20 14:00:05 +0000] [31] [ERROR] Error handling request /pay?token=abc',
  'Traceback (most recent call last):',
  '  File "/srv/shop/pay.py", line 61, in charge',
  'redis.exceptions.ConnectionError: Error 111 connecting to cache:6379',
].join('\n');

/** What the clients are asked and answer; an error is thrown. */
const aws = vi.hoisted(() => ({
  table: null as unknown,
  woken: [] as string[],
  published: [] as { Message: string; Subject: string }[],
  publish: (() => null) as () => Error | null,
  searches: [] as { logGroupName?: string }[],
  search: (() => []) as (group: string) => { timestamp: number; message: string }[],
  counts: (() => []) as () => (readonly [minute: number, value: number])[],
  subscriptions: [] as unknown[],
}));

vi.mock('../../adapters/aws/dynamodb-table.ts', () => ({ dynamodbTable: () => aws.table }));
vi.mock('../../adapters/aws/wake-queue.ts', () => ({
  wakeQueue: () => ({ wake: async (service: string) => void aws.woken.push(service) }),
}));
vi.mock('../../adapters/aws/sns-client.ts', () => ({
  snsClient: () => ({
    async publish(input: { Message: string; Subject: string }) {
      const error = aws.publish();
      if (error !== null) throw error;
      aws.published.push(input);
    },
  }),
}));
vi.mock('../../adapters/aws/log-context-client.ts', () => ({
  logEventsClient: () => ({
    async filterLogEvents(input: { logGroupName: string }) {
      aws.searches.push(input);
      const found = aws.search(input.logGroupName);
      return { events: found.map((event) => ({ ...event, logStreamName: 'web-1' })) };
    },
  }),
}));
vi.mock('../../adapters/aws/request-counts-client.ts', () => ({
  metricDataClient: () => ({
    async getMetricData() {
      const points = aws.counts();
      const Timestamps = points.map(([minute]) => new Date(minute * 60_000));
      return { MetricDataResults: [{ Timestamps, Values: points.map(([, value]) => value) }] };
    },
  }),
}));
vi.mock('../../adapters/aws/subscription-check-client.ts', () => ({
  subscriptionsClient: () => ({
    async listSubscriptionsByTopic(): Promise<ListSubscriptionsByTopicResponse> {
      return { Subscriptions: aws.subscriptions as never };
    },
  }),
}));
// Waiting moves the clock.
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number) => void vi.setSystemTime(Date.now() + ms),
}));

const SERVICES = ['shop', 'blog'].map((name) => ({
  name,
  roles: ['access', 'gunicorn', 'app'],
  formats: {},
  streams: [],
  gunicornVersion: null,
  workerClass: null,
  timeoutSeconds: null,
  unit: null,
}));
const LOG_GROUPS = {
  shop: { error: ['/shop/error'], gunicorn: ['/shop/gunicorn'], app: ['/shop/cache'] },
};

let table: ReturnType<typeof memoryTable>;
let written: string[];
let handler: Handler;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: at('14:01:00') });
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv(ENV.table, 'table');
  vi.stubEnv(ENV.wakeQueueUrl, 'https://sqs.eu-west-1.amazonaws.com/1/wake.fifo');
  vi.stubEnv(ENV.deployment, 'prod');
  vi.stubEnv(ENV.services, JSON.stringify(SERVICES));
  vi.stubEnv(ENV.policy, '{}');
  vi.stubEnv(ENV.alertTopicArn, TOPIC);
  vi.stubEnv(ENV.logGroups, JSON.stringify(LOG_GROUPS));
  vi.stubEnv(ENV.alertEmails, JSON.stringify(['ann@example.com']));
  table = memoryTable(() => Date.now());
  Object.assign(aws, { table, woken: [], published: [], searches: [], subscriptions: [] });
  aws.publish = () => null;
  aws.search = () => [];
  aws.counts = () => [];
  written = [];
  const keep = (...texts: unknown[]) =>
    written.push(
      texts.map((text) => (typeof text === 'string' ? text : JSON.stringify(text))).join(' '),
    ) > 0;
  for (const name of ['info', 'error'] as const) vi.spyOn(console, name).mockImplementation(keep);
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.resetModules();
  ({ handler } = await import('../../lambdas/evaluate.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

let messages = 0;

function wakeUp(service = 'shop') {
  const Records = [{ messageId: `m-${messages++}`, body: JSON.stringify({ service }) }];
  return handler({ Records } as unknown as SQSEvent);
}

const DONE = { batchItemFailures: [] };

async function fail(count = 9) {
  await writeMinutes(table, 'shop', [{ cause: 'worker-oom', atMs: at('14:00:05'), count }]);
}

/** Names of the metrics and their values. */
function metrics(): Record<string, number> {
  return Object.fromEntries(
    written
      .filter((line) => line.includes('"_aws"'))
      .map((line) => JSON.parse(line))
      .flatMap((document) =>
        document._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => [
          Name,
          document[Name],
        ]),
      ),
  );
}

function documentOf({ Message }: Publication) {
  return JSON.parse(JSON.parse(Message).default);
}

function named(name: string): Error {
  return Object.assign(new Error('text of a line'), { name });
}

describe('a wake-up', () => {
  it('is told with a link to its lines, and with the lines around it, redacted', async () => {
    await fail();
    await noteStreams(table, {
      service: 'shop',
      streams: [{ role: 'gunicorn', host: 'web-1', path: '/shop/gunicorn/web-1' }],
      nowMs: Date.now(),
      stamp: '1',
    });
    aws.search = (group) =>
      group === '/shop/gunicorn' ? [{ timestamp: at('14:00:05'), message: TRACEBACK }] : [];
    expect(await wakeUp()).toEqual(DONE);
    expect(aws.published).toHaveLength(1);
    const document = documentOf(aws.published[0] as Publication);
    expect(document.links.logs).toMatch(
      /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/.*shop\*2ferror.*shop\*2fgunicorn/,
    );
    const lines = document.context.map(({ line }: { line: string }) => line);
    expect(lines).toHaveLength(4);
    expect(lines.join('\n')).toContain('redis.exceptions.ConnectionError');
    expect(JSON.stringify(aws.published)).not.toContain('token=abc');
    expect(new Set(aws.searches.map(({ logGroupName }) => logGroupName))).toEqual(
      new Set(['/shop/gunicorn', '/shop/cache']),
    );
    expect(metrics()).toMatchObject({ IncidentsOpened: 1, AlertsPublished: 1 });
  });

  it('is told without what could not be looked up, which is counted', async () => {
    await fail();
    aws.search = () => {
      throw named('AccessDeniedException');
    };
    aws.counts = () => {
      throw named('ThrottlingException');
    };
    expect(await wakeUp()).toEqual(DONE);
    const document = documentOf(aws.published[0] as Publication);
    expect(document).toMatchObject({ transition: 'opened', context: [] });
    expect(document.incident.requests).toBeNull();
    expect(metrics()).toMatchObject({
      AlertsPublished: 1,
      AlertContextFailures: expect.anything(),
      RequestCountFailures: 1,
    });
    expect(written.join('\n')).not.toContain('text of a line');
  });

  it('opens by the share of requests, once it is known', async () => {
    await fail(3);
    vi.stubEnv(ENV.policy, JSON.stringify({ minFailures: 100, minRate: 0.01, windowMs: 60_000 }));
    vi.resetModules();
    ({ handler } = await import('../../lambdas/evaluate.ts'));
    await wakeUp();
    expect(aws.published).toEqual([]);
    vi.setSystemTime(at('14:03:30'));
    const minute = at('14:00') / 60_000;
    aws.counts = () => Array.from({ length: 4 }, (_, index) => [minute - 1 + index, 200] as const);
    await wakeUp();
    expect(aws.published).toHaveLength(1);
    expect(documentOf(aws.published[0] as Publication).incident.requests).toBe(200);
  });

  it('is done though the topic takes nothing, and what was to be told is told later', async () => {
    await fail();
    aws.publish = () => named('AuthorizationErrorException');
    expect(await wakeUp()).toEqual(DONE);
    expect(aws.woken).toEqual(['shop']);
    expect(metrics()).toMatchObject({ AlertPublishFailures: 1 });
    aws.publish = () => null;
    vi.setSystemTime(at('14:02:00'));
    expect(await wakeUp()).toEqual(DONE);
    expect(aws.published.map(documentOf)).toMatchObject([{ transition: 'opened' }]);
  });

  it('is told without its details when the topic refuses what is in it', async () => {
    await fail();
    const errors = [named('InvalidParameterException')];
    aws.publish = () => errors.shift() ?? null;
    expect(await wakeUp()).toEqual(DONE);
    expect(aws.published.map(documentOf)).toMatchObject([
      { transition: 'opened', diagnosis: { evidence: [], fixes: [] } },
    ]);
    expect(metrics()).toMatchObject({ AlertsShortened: 1, AlertsPublished: 1 });
  });

  it('is done though incidents cannot be decided, and comes again', async () => {
    await fail();
    const { putIf } = table;
    const { partition } = incidentKey('shop', 'shop/x/y');
    vi.spyOn(table, 'putIf').mockImplementation((row, version) =>
      row.partition === partition ? Promise.reject(named('TableDown')) : putIf(row, version),
    );
    expect(await wakeUp()).toEqual(DONE);
    expect(aws.woken).toEqual(['shop']);
    expect(metrics()).toMatchObject({ AlertingFailures: 1 });
  });

  it('that cannot be understood comes back, with those after it', async () => {
    const Records = ['?', '?'].map((body, index) => ({ messageId: `x${index}`, body }));
    expect(await handler({ Records } as unknown as SQSEvent)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'x0' }, { itemIdentifier: 'x1' }],
    });
  });
});

describe('the sweep', () => {
  const expiresAt = Date.UTC(2027, 0, 1);
  const listed = (SubscriptionArn: string) => [
    { Protocol: 'email', Endpoint: 'ann@example.com', SubscriptionArn },
  ];

  it('wakes the services with marks and those with incidents, and no others', async () => {
    aws.subscriptions = listed(`${TOPIC}:1`);
    await handler(SWEEP_EVENT);
    expect(aws.woken).toEqual([]);
    const mark = markerKey('blog', at('14:00') / 60_000, 0);
    await table.put({ ...mark, body: '{}', version: '1', expiresAt });
    await fail();
    await wakeUp();
    aws.woken.length = 0;
    await handler(SWEEP_EVENT);
    expect(aws.woken).toEqual(['shop', 'blog']);
  });

  it('tells once a day who gets no alerts', async () => {
    aws.subscriptions = listed('PendingConfirmation');
    for (let minute = 0; minute < 25 * 60; minute += 20) {
      vi.setSystemTime(at('00:00') + minute * 60_000);
      await handler(SWEEP_EVENT);
    }
    expect(aws.published.map(documentOf)).toMatchObject([
      { transition: 'notice', title: '1 e-mail address gets no alerts' },
    ]);
    expect(metrics()).toMatchObject({ SubscriptionsMissing: 1 });
  });

  it('wakes all the same when it cannot find that out', async () => {
    aws.subscriptions = null as never;
    const mark = markerKey('blog', at('14:00') / 60_000, 0);
    await table.put({ ...mark, body: '{}', version: '1', expiresAt });
    vi.spyOn(table, 'get').mockRejectedValue(named('TableDown'));
    await expect(handler(SWEEP_EVENT)).resolves.toBeUndefined();
    expect(aws.woken).toEqual(['blog']);
    expect(metrics()).toMatchObject({ SubscriptionCheckFailures: 1 });
  });
});
