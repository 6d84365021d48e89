/** Recorded scenarios of the lab, shipped as agents do, through ingest and evaluation: what people would have heard. */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../core/incident/policy.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { ingest } from '../../pipeline/deliveries.ts';
import { readTruth, scenarioLogs } from '../../pipeline/scenario-logs.ts';
import { evaluateAll } from '../../pipeline/verdicts.ts';
import { evaluateAt, Topic } from './deployment.ts';

/** How late each log comes, seconds: agents do not send them at the same time. */
const LAG = { access: 2, error: 4, gunicorn: 9, system: 9, app: 9 } as const;
const STEP_MS = 10_000;

async function storyOf(scenario: string, policy: Partial<Policy> = {}): Promise<string[]> {
  const logs = await scenarioLogs(scenario);
  const truth = readTruth(scenario);
  let nowMs = Date.parse(truth.window.from) - STEP_MS;
  const end = Date.parse(truth.window.to) + 3 * STEP_MS;
  const table = memoryTable(() => nowMs);
  const topic = new Topic();
  const sent = new Map(logs.map((log) => [log, 0]));
  let dueMs: number | null = 0;
  for (; nowMs < end || dueMs !== null; nowMs = nextStep(nowMs, end, dueMs)) {
    for (const log of logs) {
      const from = sent.get(log) ?? 0;
      const until = nowMs - LAG[log.role] * 1_000;
      // A stream is sent in its order; a line that claims to be of the future holds up the others until the end.
      const late = log.events.findIndex(
        ({ timestamp }, index) => index >= from && timestamp > until,
      );
      const isAll = late < 0 || nowMs >= end - STEP_MS;
      const events = log.events.slice(from, isAll ? log.events.length : late);
      if (events.length > 0) await ingest(table, { log, events }, nowMs);
      sent.set(log, from + events.length);
    }
    await evaluateAll(table, nowMs);
    const ports = { table, publish: topic.publish };
    const options = { nowMs, policy: { ...DEFAULT_POLICY, ...policy } };
    ({ nextDueMs: dueMs } = await evaluateAt(ports, options));
    if (nowMs > end + 24 * 3_600_000) throw new Error('it never ends');
  }
  return topic.lines().map((line) => relative(line, Date.parse(truth.window.from)));
}

function nextStep(nowMs: number, end: number, dueMs: number | null): number {
  return nowMs < end ? nowMs + STEP_MS : Math.max(nowMs + 1_000, dueMs ?? 0);
}

/** Times as minutes and seconds since the beginning, so that they can be read. */
function relative(line: string, fromMs: number): string {
  return line.replace(/(?:[+-]?\d+d )?\b(\d\d):(\d\d):(\d\d)\b/g, (_, hours, minutes, seconds) => {
    const time = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    const day = 86_400;
    const since = (time - Math.floor((fromMs / 1_000) % day) + 2 * day) % day;
    return `${Math.floor(since / 60)}m${String(since % 60).padStart(2, '0')}s`;
  });
}

const EAGER = { minFailures: 2 };

test('attack-forged-print: only what happened', async () => {
  expect(await storyOf('attack-forged-print', EAGER)).toMatchInlineSnapshot(`
    [
      "0m30s opened worker-killed: 3 on localhost since 0m01s",
      "10m02s resolved worker-killed: 3 on localhost, 1 s",
    ]
  `);
});

test.each([
  'healthy-combined',
  'healthy-max-requests',
  'healthy-reload',
  'client-aborts',
  'attack-on-healthy',
])('%s: silence', async (scenario) => {
  expect(await storyOf(scenario, EAGER)).toEqual([]);
});

test('incident-recovery-incident', async () => {
  expect(await storyOf('incident-recovery-incident', EAGER)).toMatchInlineSnapshot(`
    [
      "0m10s opened worker-killed: 2 on localhost since 0m00s",
      "0m20s opened app-boot-failure: 15 on localhost since 0m07s",
      "10m02s resolved worker-killed: 3 on localhost, 2 s",
      "10m08s resolved app-boot-failure: 15 on localhost, 1 s",
    ]
  `);
});

test('mixed-three-causes', async () => {
  expect(await storyOf('mixed-three-causes', EAGER)).toMatchInlineSnapshot(`
    [
      "0m10s opened upstream-header-too-big: 6 on localhost since 0m00s",
      "0m20s opened worker-timeout: 4 on localhost since 0m03s",
      "0m20s opened worker-killed: 2 on localhost since 0m05s",
      "10m08s resolved upstream-header-too-big: 8 on localhost, 8 s",
      "10m09s resolved worker-timeout: 4 on localhost, 6 s",
      "10m10s resolved worker-killed: 2 on localhost, 5 s",
    ]
  `);
});

test('deploy-tcp', async () => {
  expect(await storyOf('deploy-tcp', EAGER)).toMatchInlineSnapshot(`
    [
      "2m03s resolved deploy-restart: 42 on localhost, 0.647 s",
    ]
  `);
});

test('deploy-unix', async () => {
  expect(await storyOf('deploy-unix', EAGER)).toMatchInlineSnapshot(`
    [
      "2m04s resolved deploy-restart: 51 on localhost, 1.814 s",
    ]
  `);
});

test('worker-timeout-sync-23.0.0', async () => {
  expect(await storyOf('worker-timeout-sync-23.0.0', EAGER)).toMatchInlineSnapshot(`
    [
      "0m20s opened worker-timeout: 5 on localhost since 0m02s",
      "10m08s resolved worker-timeout: 5 on localhost, 6 s",
    ]
  `);
});

test('worker-timeout-sync-21.2.0', async () => {
  expect(await storyOf('worker-timeout-sync-21.2.0', EAGER)).toMatchInlineSnapshot(`
    [
      "0m20s opened worker-timeout: 5 on localhost since 0m02s",
      "10m07s resolved worker-timeout: 5 on localhost, 5 s",
    ]
  `);
});

test('worker-oom-syslog', async () => {
  expect(await storyOf('worker-oom-syslog', EAGER)).toMatchInlineSnapshot(`
    [
      "0m10s opened worker-oom: 2 on localhost since 0m00s",
      "10m02s resolved worker-oom: 3 on localhost, 2 s",
    ]
  `);
});

test('not-started-tcp', async () => {
  expect(await storyOf('not-started-tcp')).toMatchInlineSnapshot(`
    [
      "0m40s opened backend-not-listening: 25 on localhost since 0m00s",
      "10m01s resolved backend-not-listening: 25 on localhost, 1 s",
    ]
  `);
});

test('no-live-upstreams', async () => {
  expect(await storyOf('no-live-upstreams')).toMatchInlineSnapshot(`
    [
      "0m40s opened backend-not-listening: 30 on localhost since 0m00s",
      "10m01s resolved backend-not-listening: 30 on localhost, 1 s",
    ]
  `);
});

test('two-hosts-two-causes', async () => {
  expect(await storyOf('two-hosts-two-causes', EAGER)).toMatchInlineSnapshot(`
    [
      "0m10s opened upstream-header-too-big: 8 on web-2 since 0m00s",
      "0m10s opened worker-killed: 3 on web-1 since 0m00s",
      "10m01s resolved worker-killed: 3 on web-1, 1 s",
      "10m02s resolved upstream-header-too-big: 8 on web-2, 2 s",
    ]
  `);
});

test('worker-died-unknown', async () => {
  expect(await storyOf('worker-died-unknown', EAGER)).toMatchInlineSnapshot(`
    [
      "0m40s opened worker-died-unknown: 3 on localhost since 0m01s",
      "10m02s resolved worker-died-unknown: 3 on localhost, 1 s",
    ]
  `);
});
