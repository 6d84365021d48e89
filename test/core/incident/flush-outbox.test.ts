import { describe, expect, test } from 'vitest';
import { deleteMute, putMute } from '../../../core/incident/mutes.ts';
import {
  type Publication,
  type SummarisedTransition,
  summarised,
} from '../../../core/incident/summary.ts';
import type { Table } from '../../../core/table.ts';
import { atWrite, type Fault, type FaultPlan, faultyTable } from '../../fakes/faulty-table.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { evaluateAt, Topic, writeMinutes } from './deployment.ts';
import { at, type Failure } from './service.ts';

/** Two causes; one is refined, one grows, both end, one comes back. */
const STORY: readonly (readonly [time: string, failures: readonly Failure[]])[] = [
  ['14:00:10', [failure('worker-died-unknown', '14:00', 20), failure('worker-oom', '14:00', 6)]],
  ['14:00:50', [failure('worker-died-unknown', '14:00', 20), failure('worker-oom', '14:00', 6)]],
  ['14:02:10', [failure('worker-timeout', '14:00', 20), failure('worker-oom', '14:00', 90)]],
  ['14:11:10', []],
  ['14:25:10', [failure('worker-timeout', '14:25', 8)]],
  ['14:55:10', []],
];

function failure(cause: Failure['cause'], time: string, count: number): Failure {
  return { cause, atMs: at(time), count };
}

/** Plays the story; an evaluation that throws is repeated by a new process, whose table is well. */
async function play(
  plan: FaultPlan,
  fault: Topic['fault'] = () => null,
): Promise<{ topic: Topic; writes: number; throws: number }> {
  const inner = memoryTable();
  const faulty = faultyTable(inner, plan);
  const topic = new Topic();
  topic.fault = fault;
  let table: Table = faulty;
  let throws = 0;
  for (const [time, failures] of STORY) {
    await writeMinutes(inner, 'shop', failures);
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const result = await evaluateAt({ table, publish: topic.publish }, { nowMs: at(time) });
        if (result.errors.length === 0) break;
      } catch {
        throws += 1;
        table = inner;
      }
    }
  }
  return { topic, throws, writes: faulty.calls.filter(({ write }) => write > 0).length };
}

describe('the outbox', () => {
  test('is published in order, each transition once', async () => {
    const { topic, throws } = await play([]);
    expect(throws).toBe(0);
    expect(topic.lines()).toMatchInlineSnapshot(`
      [
        "14:00:10 opened worker-oom: 6 on web-1 since 14:00:00",
        "14:02:10 opened worker-timeout: 20 on web-1 since 14:00:00",
        "14:02:10 escalated worker-oom: 90 on web-1 since 14:00:00 [6 failed requests when we last told you, 90 now]",
        "14:11:10 resolved worker-timeout: 20 on web-1, 0 s",
        "14:11:10 resolved worker-oom: 90 on web-1, 0 s",
        "14:25:10 reopened worker-timeout: 28 on web-1 since 14:00:00",
        "14:55:10 resolved worker-timeout: 28 on web-1, 1500 s",
      ]
    `);
  });

  test.each<Fault>(['crash-before', 'crash-after', 'fail-before', 'fail-after', 'throttle'])(
    'loses nothing by %s at any write, and repeats at most one transition, word for word',
    async (fault) => {
      const good = await play([]);
      for (let write = 1; write <= good.writes; write++) {
        const { topic } = await play(atWrite(write, fault));
        expectSame(topic, good.topic);
      }
    },
  );

  test.each(['refuse', 'lose-reply'] as const)(
    'loses nothing when the topic fails once (%s), and repeats at most that one',
    async (fault) => {
      const good = await play([]);
      for (let call = 1; call <= good.topic.calls; call++) {
        const { topic } = await play([], (n) => (n === call ? fault : null));
        expectSame(topic, good.topic);
      }
    },
  );

  test('keeps everything while the topic refuses, the later ones of an incident behind the first', async () => {
    const table = memoryTable();
    const topic = new Topic();
    topic.fault = () => 'refuse';
    for (const [time, failures] of STORY.slice(0, 4)) {
      await writeMinutes(table, 'shop', failures);
      const result = await evaluateAt({ table, publish: topic.publish }, { nowMs: at(time) });
      expect(result.published).toBe(0);
    }
    topic.fault = () => null;
    const nowMs = at('14:12:00');
    const { nextDueMs } = await evaluateAt({ table, publish: topic.publish }, { nowMs });
    expect(topic.lines()).toMatchInlineSnapshot(`
      [
        "14:00:10 opened worker-oom: 6 on web-1 since 14:00:00",
        "14:02:10 escalated worker-oom: 90 on web-1 since 14:00:00 [6 failed requests when we last told you, 90 now]",
        "14:11:10 resolved worker-oom: 90 on web-1, 0 s",
        "14:02:10 opened worker-timeout: 20 on web-1 since 14:00:00",
        "14:11:10 resolved worker-timeout: 20 on web-1, 0 s",
      ]
    `);
    expect(nextDueMs).toBeNull();
  });

  function expectSame(topic: Topic, good: Topic): void {
    const once = new Map(topic.taken.map((publication) => [publication.id, publication]));
    for (const id of new Set(good.taken.map(incidentOf))) {
      const own = [...once.values()].filter((publication) => incidentOf(publication) === id);
      expect(own).toEqual(good.taken.filter((publication) => incidentOf(publication) === id));
    }
    expect(once.size).toBe(good.taken.length);
    expect(topic.taken.length - once.size).toBeLessThanOrEqual(1);
    for (const publication of topic.taken) expect(publication).toEqual(once.get(publication.id));
  }
});

function incidentOf({ id }: Publication): string {
  return id.slice(0, id.lastIndexOf('/'));
}

/** All transitions, by themselves or in summaries. */
function toldBy(topic: Topic): readonly SummarisedTransition[] {
  const told: SummarisedTransition[] = [];
  for (const publication of topic.taken) {
    if (publication.kind === 'summary') told.push(...publication.transitions);
    else if (publication.kind !== 'notice') told.push(summarised(publication));
  }
  return told;
}

describe('a storm', () => {
  const SERVICES = Array.from({ length: 200 }, (_, n) => `service-${n}`);

  async function storm(topic: Topic, minutes: number, budget = 20) {
    let nowMs = at('14:00:10');
    const table = memoryTable(() => nowMs);
    for (const service of SERVICES) {
      await writeMinutes(table, service, [failure('worker-oom', '14:00', 9)]);
    }
    const perMinute: number[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const before = topic.taken.length;
      for (const service of SERVICES) {
        await evaluateAt({ table, publish: topic.publish }, { service, nowMs, budget });
      }
      perMinute.push(topic.taken.length - before);
      nowMs += 60_000;
    }
    return perMinute;
  }

  test('is told within the budget of each minute, and the rest in summaries', async () => {
    const topic = new Topic();
    const perMinute = await storm(topic, 5);
    expect(perMinute).toEqual([20, 1, 1, 0, 0]);
    expect(topic.lines().slice(20)).toMatchInlineSnapshot(`
      [
        "summary of 100, 80 wait",
        "summary of 80, 0 wait",
      ]
    `);
    const told = toldBy(topic);
    expect(new Set(told.map(({ incident }) => incident.service)).size).toBe(200);
    expect(told).toHaveLength(200);
  });

  test('loses nothing when the summary is refused, or its reply is lost', async () => {
    for (const fault of ['refuse', 'lose-reply'] as const) {
      const topic = new Topic();
      topic.fault = (call) => (call === 21 ? fault : null);
      await storm(topic, 6);
      const told = toldBy(topic);
      expect(new Set(told.map(({ id }) => id)).size).toBe(200);
    }
  });
});

test('two evaluations at once do no harm', async () => {
  const table = memoryTable();
  const topic = new Topic();
  for (const [time, failures] of STORY) {
    await writeMinutes(table, 'shop', failures);
    const ports = { table, publish: topic.publish };
    const both = [0, 1].map(() => evaluateAt(ports, { nowMs: at(time) }));
    await Promise.allSettled(both);
    await evaluateAt(ports, { nowMs: at(time) });
  }
  const good = await play([]);
  const once = new Map(topic.taken.map((publication) => [publication.id, publication]));
  expect([...once.values()]).toEqual(good.topic.taken);
});

test('a mute that is taken back is followed by one message', async () => {
  const table = memoryTable();
  const topic = new Topic();
  const mute = {
    id: 'm1',
    service: 'shop',
    cause: null,
    author: 'ann',
    reason: 'migration',
    createdAt: at('13:00'),
    expiresAt: at('18:00'),
    weekly: null,
  };
  await putMute(table, mute, at('13:00'));
  await writeMinutes(table, 'shop', [failure('worker-oom', '14:00', 9)]);
  await evaluateAt({ table, publish: topic.publish }, { nowMs: at('14:00:10') });
  expect(topic.lines()).toEqual([]);
  await deleteMute(table, mute);
  await evaluateAt({ table, publish: topic.publish }, { nowMs: at('14:01:10') });
  expect(topic.lines()).toMatchInlineSnapshot(`
    [
      "14:01:10 opened worker-oom: 9 on web-1 since 14:00:00",
    ]
  `);
});
