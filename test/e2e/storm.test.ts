/**
 * Two hundred services fail at once, and the deployed function evaluates many of them at a time: nobody gets more
 * e-mails in a second than SNS sends before it suspends a subscription, and every service is in some message.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ENV } from '../../core/contract.ts';
import { encodeServices } from '../../lib/encode-services.ts';
import { AlertingStack, eventually, type Publication } from './alerting-stack.ts';
import { deliveryEvent } from './deliver.ts';
import { type Line, tooBigLine } from './log-lines.ts';
import { WakePoller } from './wake-poller.ts';

const NAME = 'badgateway-storm';
const SERVICES = Array.from({ length: 200 }, (_, n) => `s-${String(n + 1).padStart(3, '0')}`);
const FAILURES = 8;
/** SNS suspends an e-mail subscription beyond this (Amazon SNS endpoints and quotas). */
const MOST_PER_SECOND = 10;
/** Services that are evaluated at the same time; Lambda would take all of them at once. */
const AT_ONCE = 8;
/** A summary a minute, of at most a hundred. */
const LONGEST_MS = 170_000;

const aws = inject('ministack');
let stack: AlertingStack;
let poller: WakePoller;
let beganAt: number;

/** One service: the names of two hundred log groups fit into the policies of no role. */
const CONFIGURATION = `services: [{ name: ${SERVICES[0]}, logs: { error: /storm/${SERVICES[0]} } }]\n`;

/** The functions are told of the others as the stack would tell them. */
async function addServices(): Promise<void> {
  const contracts = SERVICES.map((name) => ({ ...NOTHING_KNOWN, name, roles: ['error'] }));
  const variables = { [ENV.services]: encodeServices(contracts) };
  await stack.setVariables('IngestFunctionName', variables);
  await stack.setVariables('EvaluateFunctionName', variables);
}

const NOTHING_KNOWN = {
  formats: {},
  streams: [],
  gunicornVersion: null,
  workerClass: null,
  timeoutSeconds: null,
  unit: null,
};

async function deliver(service: string, lines: readonly Line[]): Promise<void> {
  const log = { deployment: NAME, service, role: 'error' } as const;
  await stack.invoke('IngestFunctionName', deliveryEvent(log, lines));
}

/** All services fail; some deliveries are under way at once. */
async function failAll(): Promise<void> {
  const queue = [...SERVICES];
  const one = async () => {
    for (let service = queue.shift(); service !== undefined; service = queue.shift()) {
      const now = Date.now() - 1_000;
      const paths = Array.from({ length: FAILURES }, (_, n) => `/cart/${n}`);
      await deliver(
        service,
        paths.map((path) => tooBigLine(now, path)),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

type Told = { readonly id: string; readonly incident: { service: string; failures: number } };

/** What a message tells: one transition, or many. */
function toldIn({ document }: Publication): readonly Told[] {
  if (document.transition === 'summary') return document.transitions;
  return 'incident' in document ? [document] : [];
}

function told(): ReadonlySet<string> {
  return new Set(stack.published.flatMap(toldIn).map(({ incident }) => incident.service));
}

/** The most publications that any second had, wherever it begins. */
function mostInASecond(times: readonly number[]): number {
  const counts = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  return Math.max(...counts);
}

beforeAll(async () => {
  stack = await AlertingStack.deploy(aws, NAME, CONFIGURATION);
  await addServices();
  poller = await WakePoller.start(aws, stack, AT_ONCE);
  beganAt = Date.now();
  await failAll();
  process.stdout.write(`delivered after ${Date.now() - beganAt} ms\n`);
}, 400_000);

afterAll(async () => {
  await poller?.stop();
  await stack?.destroy();
}, 300_000);

describe('two hundred services that fail at once', () => {
  it('are all told of, each in one message', async () => {
    await eventually('all services to be told of', LONGEST_MS, () =>
      told().size === SERVICES.length ? true : undefined,
    );
    const seconds = Math.round((Date.now() - beganAt) / 1_000);
    const summaries = stack.published.filter(({ document }) => document.transition === 'summary');
    process.stdout.write(
      `storm: ${stack.published.length} messages, ${summaries.length} of them summaries, in ${seconds} s; ` +
        `${poller.invocations} evaluations, ${poller.mostAtOnce} at once; ` +
        `at most ${mostInASecond(stack.published.map(({ at }) => at))} messages in a second\n`,
    );
    expect([...told()].sort()).toEqual(SERVICES);
    const ids = stack.published.flatMap(toldIn).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...new Set(ids)].sort());
    expect(poller.mostAtOnce).toBeGreaterThan(AT_ONCE / 2);
  }, 200_000);

  it('never make more than ten e-mails in a second', () => {
    expect(mostInASecond(stack.published.map(({ at }) => at))).toBeLessThanOrEqual(MOST_PER_SECOND);
  });

  it('are told with all their failures', () => {
    const failures = stack.published.flatMap(toldIn).map(({ incident }) => incident.failures);
    expect(new Set(failures)).toEqual(new Set([FAILURES]));
  });

  it('come to Slack, too, each message once', async () => {
    const wanted = stack.published.length;
    await eventually('all posts', 90_000, () => stack.slack.posts.length >= wanted || undefined);
    await wait(3_000);
    const ids = stack.slack.posts.map(({ payload }) => JSON.stringify(payload.blocks.at(-1)));
    expect(ids).toHaveLength(wanted);
    expect(new Set(ids).size).toBe(wanted);
  }, 120_000);
});
