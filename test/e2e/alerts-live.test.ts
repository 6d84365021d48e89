/**
 * Real failures, live: NGINX and Gunicorn of the lab fail while an agent ships their logs to the deployed stack, and
 * the e-mail, Slack and a queue get what the client of the lab knows to be true. Meanwhile, in a deployment of its own
 * with nothing but defaults, the time from PutLogEvents to the message.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ENV, SWEEP_EVENT } from '../../core/contract.ts';
import { streamRange } from '../../core/records/keys.ts';
import { type Performance, perform } from '../../lab/perform.ts';
import { killAllGroups } from '../../lab/processes.ts';
import { setUp, type Toolchain } from '../../lab/setup.ts';
import type { Truth } from '../../lab/truth.ts';
import { AlertingStack, eventually, type IncidentDocument } from './alerting-stack.ts';
import {
  type Latency,
  latencyConfiguration,
  measureLatencies,
  medianOf,
  summaryOf,
} from './live-latency.ts';
import {
  formatTextOf,
  growth,
  HOSTILE_SERVICES,
  LIVE,
  type LiveService,
} from './live-scenarios.ts';
import { clientConfig } from './ministack.ts';
import { Shipper } from './shipper.ts';

const HOST = 'web-1';
/** Each log is sent at times of its own, as agents do: the logs of one failure come out of step. */
const SHIPPED = [
  { role: 'access', everyMs: 900 },
  { role: 'error', everyMs: 1_300 },
  { role: 'gunicorn', everyMs: 1_700 },
] as const;
/** As many sites at once as the lab plays on two cores. */
const AT_ONCE = 6;
/** Told of growth at most once in a minute (`core/incident/escalation.ts`), and a wake-up takes more than ten seconds. */
const GROWTH_GAP_MS = 50_000;
/** An incident is over after so long; it is set when all of them are told, so that nobody waits for ten minutes. */
const RESOLVE_AFTER_MS = 10_000;
/** Controls, and characters that are not seen or turn the text around. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const aws = inject('ministack');
const logs = new CloudWatchLogsClient(clientConfig(aws));
const SERVICES = [...LIVE, ...HOSTILE_SERVICES];
const FAILING = SERVICES.filter(({ evidence }) => evidence.length > 0);
const QUIET = SERVICES.filter(({ evidence }) => evidence.length === 0);
const outDir = mkdtempSync(join(tmpdir(), 'badgateway-live-'));
const performances = new Map<string, Promise<Performance>>();
let stack: AlertingStack;
let defaults: AlertingStack;
let latencies: Promise<readonly Latency[]>;

function groupOf(service: string, role: string): string {
  return `/live/${service}/${role}`;
}

function configuration(): string {
  const services = SERVICES.map((live) => {
    const format = formatTextOf(live);
    const groups = SHIPPED.map(({ role }) => {
      const isFormatted = role === 'access' && format !== null;
      const more = isFormatted ? `, format: ${JSON.stringify(format)}` : '';
      // MiniStack knows no filter patterns, see pipeline.test.ts.
      const name = `name: ${groupOf(live.service, role)}, create: true, pattern: ""`;
      return `      ${role}: { ${name}${more} }\n`;
    });
    return `  - name: ${live.service}\n    logs:\n${groups.join('')}`;
  });
  return `services:\n${services.join('')}`;
}

/** Plays a scenario while an agent ships its logs. */
function play(live: LiveService, toolchain: Toolchain): Promise<Performance> {
  return perform(live.scenario, toolchain, outDir, (stage) => {
    const shipper = new Shipper(logs);
    for (const { role, everyMs } of SHIPPED) {
      const path = join(stage.logs, `${role}.log`);
      const timestamps = role === 'access' && live.format === 'json' ? 'none' : role;
      shipper.follow({
        path,
        group: groupOf(live.service, role),
        stream: HOST,
        timestamps,
        everyMs,
      });
    }
    return { end: () => shipper.stop() };
  });
}

/** Starts all sites, some at once. */
function playAll(toolchain: Toolchain): void {
  const lanes = Array.from({ length: AT_ONCE }, (): Promise<unknown> => Promise.resolve());
  for (const [index, live] of SERVICES.entries()) {
    // One that waits for the test holds up no other.
    const isLong = live.scenario.deadlineSeconds !== undefined;
    const lane = isLong ? Promise.resolve() : lanes[index % AT_ONCE];
    const played = Promise.resolve(lane).then(() => play(live, toolchain));
    if (!isLong) lanes[index % AT_ONCE] = played;
    performances.set(live.service, played);
  }
}

/** Makes the failure of `growing` larger when people have known of it for long enough. */
async function grow(): Promise<void> {
  const { document } = await stack.transitionOf('growing', 'opened', 120_000);
  await wait(Math.max(0, Date.parse(document.at) + GROWTH_GAP_MS - Date.now()));
  growth.give();
}

/** What the lab's client saw. A scenario that this machine cannot play fails the test, and says why. */
async function truthOf(service: string): Promise<Truth> {
  const performance = await performances.get(service);
  if (performance?.kind !== 'done') throw new Error(`${service}: ${performance?.why}`);
  return performance.truth;
}

/** The one cause of a scenario, and how many requests of the client failed by it. */
async function failureOf(service: string): Promise<readonly [cause: string, failures: number]> {
  const causes = Object.entries((await truthOf(service)).causes);
  if (causes.length !== 1 || !causes[0]) throw new Error(`${service} has not one cause`);
  return causes[0];
}

/** A transition as everybody got it: the queue, the e-mail, Slack. */
async function messagesOf(service: string, transition: string, withinMs: number) {
  const { document, attributes } = await stack.transitionOf(service, transition, withinMs);
  const mail = stack.published.find((one) => one.document.id === document.id);
  if (!mail) throw new Error(`${document.id} did not pass the relay`);
  const post = await eventually(`${service} in Slack`, 90_000, () => postOf(document));
  return { ...mail, document, attributes, post };
}

/** What Slack got of a transition: its posts name the incident, in the order of its transitions. */
function postOf({ id, incident }: IncidentDocument) {
  const number = Number(id.slice(id.lastIndexOf('/') + 1));
  return postsOf(incident.id)[number - 1];
}

/** Requests that Slack got, and that say so. */
function postsOf(text: string) {
  return stack.slack.posts
    .map(({ payload }) => payload)
    .filter((payload) => JSON.stringify(payload).includes(text));
}

type SlackText = { readonly type: string; readonly text: string };

/** The texts of Slack's blocks, those of buttons included. */
function textsOf(value: unknown): readonly SlackText[] {
  if (value === null || typeof value !== 'object') return [];
  const isText = 'text' in value && 'type' in value && typeof value.text === 'string';
  return isText ? [value as SlackText] : Object.values(value).flatMap(textsOf);
}

/** All strings in a value, however deep. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(stringsIn);
}

beforeAll(async () => {
  process.once('exit', killAllGroups);
  const toolchain = await setUp((text) => void process.stderr.write(text));
  stack = await AlertingStack.deploy(aws, 'badgateway-live', configuration());
  playAll(toolchain);
  // What it throws is thrown by the test of it, too.
  grow().catch(growth.give);
  defaults = await AlertingStack.deploy(aws, 'badgateway-defaults', latencyConfiguration());
  latencies = measureLatencies(defaults, logs);
  // Nobody may wait for it any more when a test has failed.
  latencies.catch(() => {});
}, 600_000);

afterAll(async () => {
  growth.give();
  await Promise.allSettled([...performances.values(), latencies]);
  killAllGroups();
  rmSync(outDir, { recursive: true, force: true });
  await Promise.all([stack?.destroy(), defaults?.destroy()]);
  logs.destroy();
}, 300_000);

describe('a site that fails', () => {
  it.each(FAILING)(
    '$service: everybody is told once, what the client knows to be true',
    async ({ service, evidence, shown = evidence }) => {
      const [cause, failures] = await failureOf(service);
      const told = await messagesOf(service, 'opened', 120_000);
      const { document, attributes, subject, email, post } = told;
      const { diagnosis, incident } = document;
      expect(diagnosis.cause).toBe(cause);
      expect(incident).toMatchObject({ service, cause, hosts: [HOST], status: 'open' });
      const lines = diagnosis.evidence.map(({ line }) => line).join('\n');
      for (const text of evidence) expect(lines).toContain(text);
      expect(attributes).toEqual({
        service,
        cause,
        severity: diagnosis.severity,
        transition: 'opened',
      });
      // Of those that go on to fail it is told before the last one.
      expect(incident.failures).toBeGreaterThanOrEqual(Math.min(failures, 5));
      expect(incident.failures).toBeLessThanOrEqual(failures);
      // As SNS wants it.
      expect(subject).toMatch(/^\[[a-z0-9-]+\] [\x20-\x7e]+$/);
      expect(subject.length).toBeLessThan(100);
      const prose = email.replaceAll(/\s+/g, ' ');
      const facts = [HOST, `${incident.failures} requests failed`, ' 1. ', incident.id];
      for (const text of [...shown, ...facts]) expect(prose).toContain(text);
      const posted = JSON.stringify(post);
      expect(post.text).toContain(`[${service}] `);
      for (const text of [...shown, HOST, `${incident.failures} requests failed`]) {
        expect(posted).toContain(JSON.stringify(text).slice(1, -1));
      }
    },
    180_000,
  );

  it('has at least eight causes here', async () => {
    const causes = await Promise.all(FAILING.map(({ service }) => failureOf(service)));
    expect(new Set(causes.map(([cause]) => cause)).size).toBeGreaterThanOrEqual(8);
  }, 180_000);
});

describe('a site that is well', () => {
  it.each(QUIET)(
    '$service: nobody hears of it, though its logs were read',
    async ({ service }) => {
      const { causes, client } = await truthOf(service);
      expect(causes).toEqual({});
      expect(client.total).toBeGreaterThan(30);
      const heard = () => stack.table().query(streamRange(service));
      await eventually(
        `logs of ${service}`,
        30_000,
        async () => (await heard()).length || undefined,
      );
      expect(stack.receivedOf(service)).toEqual([]);
      expect(stack.published.filter(({ document }) => document.service === service)).toEqual([]);
      expect(postsOf(`[${service}]`)).toEqual([]);
    },
    90_000,
  );
});

describe('text that strangers wrote', () => {
  it.each(HOSTILE_SERVICES)(
    '$service: is shown, and harms nobody who reads it',
    async ({ service }) => {
      const { document, subject, email, post } = await messagesOf(service, 'opened', 120_000);
      // It is there: what follows is not about nothing.
      expect(JSON.stringify(document)).toContain('<!channel>');
      expect(email).toContain('<!channel>');
      expect(JSON.stringify(post)).toContain('&lt;!channel&gt;');
      expect(subject).toMatch(/^[\x20-\x7e]+$/);
      for (const line of email.split('\n')) expect(line).not.toMatch(UNSAFE);
      for (const text of stringsIn(document)) expect(text).not.toMatch(UNSAFE);
      for (const text of stringsIn(post)) expect(text.replaceAll('\n', '')).not.toMatch(UNSAFE);
    },
    120_000,
  );

  it.each(HOSTILE_SERVICES)(
    '$service: is code in the chat of Amazon Q, and nothing else',
    async ({ service }) => {
      const { chat } = await messagesOf(service, 'opened', 120_000);
      const { title, description, nextSteps } = chat.content;
      expect(description).toContain('&lt;!channel&gt;');
      // Nothing can be clicked in a block of code: a link stands below it.
      expect(description).toMatch(/^```\n[^`<>]*\n```(?:\n[A-Za-z ]+: https:\/\/[^\s`<>]+)*$/);
      for (const text of [title, ...nextSteps]) expect(text).not.toMatch(/[<>]/);
    },
    120_000,
  );

  it.each(HOSTILE_SERVICES)(
    '$service: calls nobody in Slack, links nowhere, and ends no block of code',
    async ({ service }) => {
      const { post } = await messagesOf(service, 'opened', 120_000);
      expect(post.text).not.toMatch(/[<>]/);
      for (const { type, text } of textsOf(post.blocks)) {
        if (type === 'plain_text') continue;
        expect(type).toBe('mrkdwn');
        expect(text).toMatch(/^```[^`<>]*```$/s);
      }
    },
    120_000,
  );
});

describe('a failure that grows', () => {
  it('is told again, once, when it is ten times as large', async () => {
    const opened = await messagesOf('growing', 'opened', 120_000);
    const { document, email, subject, post } = await messagesOf('growing', 'escalated', 120_000);
    expect(document.incident.id).toBe(opened.document.incident.id);
    expect(document.reason).toContain(`${opened.document.incident.failures} `);
    expect(document.incident.failures).toBeGreaterThanOrEqual(60);
    expect(email.replaceAll(/\s+/g, ' ')).toContain(document.reason);
    expect(subject).toContain('Still failing');
    expect(post.text).toContain('Still failing');
  }, 200_000);
});

describe('time from PutLogEvents to the message, with default settings', () => {
  it('has a median below 15 s, over twenty incidents', async () => {
    const strong = (await latencies).filter(({ isWeak }) => !isWeak);
    process.stdout.write(`latency of 20 incidents: ${summaryOf(strong)}\n`);
    expect(strong).toHaveLength(20);
    expect(medianOf(strong)).toBeLessThan(15_000);
  }, 300_000);

  it('is longer by the patience where a verdict rests on the silence of a log', async () => {
    const weak = (await latencies).filter(({ isWeak }) => isWeak);
    process.stdout.write(`latency of weak verdicts: ${summaryOf(weak)}\n`);
    expect(weak).toHaveLength(3);
    expect(Math.min(...weak.map(({ ms }) => ms))).toBeGreaterThan(30_000);
    expect(Math.max(...weak.map(({ ms }) => ms))).toBeLessThan(75_000);
  }, 300_000);
});

describe('when it is quiet', () => {
  beforeAll(async () => {
    await Promise.all(SERVICES.map(({ service }) => truthOf(service)));
    const policy = JSON.stringify({ resolveAfterMs: RESOLVE_AFTER_MS });
    await stack.setVariables('EvaluateFunctionName', { [ENV.policy]: policy });
    await wait(RESOLVE_AFTER_MS);
    await stack.invoke('EvaluateFunctionName', SWEEP_EVENT);
  }, 200_000);

  it.each(FAILING)(
    '$service: is over, with as many failures as the client saw',
    async ({ service }) => {
      const [cause, failures] = await failureOf(service);
      const { document, email, subject } = await messagesOf(service, 'resolved', 90_000);
      expect(document.incident).toMatchObject({ cause, failures, status: 'resolved' });
      expect(subject).toContain('Over');
      expect(email).toContain(`${failures} requests failed`);
    },
    120_000,
  );

  it('nobody was told anything else, and nobody anything twice', async () => {
    const told = (service: string) =>
      stack.receivedOf(service).map(({ document }) => document.transition);
    for (const { service } of SERVICES) {
      const growing = service === 'growing' ? ['escalated'] : [];
      const isFailing = FAILING.some((one) => one.service === service);
      const wanted = isFailing ? ['opened', ...growing, 'resolved'] : [];
      expect([service, told(service)]).toEqual([service, wanted]);
    }
    const ids = stack.published.map(({ document }) => document.id);
    expect(ids).toHaveLength(new Set(ids).size);
    const posted = () => SERVICES.flatMap(({ service }) => postsOf(`"text":"[${service}] `));
    const count = 2 * FAILING.length + 1;
    await eventually('all posts', 90_000, () => posted().length >= count || undefined);
    expect(posted()).toHaveLength(count);
  }, 120_000);
});
