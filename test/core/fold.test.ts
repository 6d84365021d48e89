import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Evidence,
  foldObservation,
  mergeEvidence,
  newEvidence,
  settleEvidence,
} from '../../core/fold.ts';
import type { Observation } from '../../core/model.ts';
import {
  addToSample,
  mergeSample,
  newSample,
  type Sample,
  type SampleRule,
  settleSample,
} from '../../core/sample.ts';
import {
  addToTally,
  mergeTally,
  newTally,
  TALLY_LIMIT,
  type Tally,
  topOfTally,
} from '../../core/tally.ts';
import {
  addToTimeline,
  bucketsOf,
  mergeTimeline,
  newTimeline,
  TIMELINE_LIMIT,
  type Timeline,
} from '../../core/timeline.ts';

type Algebra<T, I> = {
  empty(): T;
  add(into: T, item: I): void;
  merge(into: T, from: T): void;
  /** The value, without what depends on the order of arrival. */
  view(value: T): unknown;
};

/** Any way to deal items out to batches and any order of merging them gives the same value. */
function itMergesLikeASet<T, I>(algebra: Algebra<T, I>, items: fc.Arbitrary<I[]>) {
  const fold = (list: readonly I[]) => {
    const value = algebra.empty();
    for (const item of list) algebra.add(value, item);
    return value;
  };
  it('gives the same whatever the order and the grouping of its input', () => {
    fc.assert(
      fc.property(
        items,
        fc.infiniteStream(fc.nat(2)),
        fc.infiniteStream(fc.nat(99)),
        (all, deal, shuffle) => {
          const batches: I[][] = [[], [], []];
          for (const item of all) batches[deal.next().value as number]?.push(item);
          const order = [0, 1, 2].sort(() => (shuffle.next().value as number) - 50);
          const [a, b, c] = order.map((index) => fold(batches[index] ?? []));
          if (!a || !b || !c) throw new Error('three batches');
          algebra.merge(b, c);
          algebra.merge(a, b);
          expect(algebra.view(a)).toEqual(algebra.view(fold(all)));
        },
      ),
      { numRuns: 300 },
    );
  });
}

describe('a tally', () => {
  const algebra: Algebra<Tally, string> = {
    empty: newTally,
    add: (tally, name) => addToTally(tally, name),
    merge: mergeTally,
    view: (tally) => [topOfTally(tally, 9_999), tally.other],
  };
  const few = fc.array(fc.string({ maxLength: 3 }), { maxLength: 40 });
  const many = fc
    .array(fc.nat(2_000), { minLength: 600, maxLength: 900 })
    .map((list) => list.map((n) => `r${n}`));
  itMergesLikeASet(algebra, few);
  itMergesLikeASet(algebra, many);

  it('stays bounded and counts everything', () => {
    const tally = newTally();
    for (let index = 0; index < 10_000; index++) addToTally(tally, `/scan/${index * 7919}`);
    const kept = topOfTally(tally, 99_999).reduce((sum, { count }) => sum + count, 0);
    expect(tally.counts.size).toBe(TALLY_LIMIT);
    expect(kept + tally.other).toBe(10_000);
  });
});

describe('a timeline', () => {
  const algebra: Algebra<Timeline, number> = {
    empty: newTimeline,
    add: (timeline, at) => addToTimeline(timeline, at, 1),
    merge: mergeTimeline,
    view: (timeline) => [timeline.level, bucketsOf(timeline)],
  };
  itMergesLikeASet(algebra, fc.array(fc.nat(3_600_000 * 3), { maxLength: 50 }));
  itMergesLikeASet(algebra, fc.array(fc.nat(86_400_000 * 9), { minLength: 600, maxLength: 1_200 }));

  it('stays bounded over years', () => {
    const timeline = newTimeline();
    for (let day = 0; day < 4_000; day++) addToTimeline(timeline, day * 86_400_000, 1);
    const buckets = bucketsOf(timeline);
    expect(buckets.length).toBeLessThanOrEqual(TIMELINE_LIMIT);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(4_000);
  });
});

describe('a sample', () => {
  const rule: SampleRule<number> = {
    limit: 10,
    rankOf: (item) => item % 7,
    compare: (a, b) => a - b,
    classOf: (item) => (item % 2 === 0 ? 'even' : 'odd'),
  };
  const algebra: Algebra<Sample<number>, number> = {
    empty: () => newSample<number>(),
    add: (sample, item) => addToSample(sample, item, rule),
    merge: (into, from) => mergeSample(into, from, rule),
    view: (sample) => {
      settleSample(sample, rule);
      return [[...sample.kept].sort((a, b) => a - b), [...sample.dropped].sort()];
    },
  };
  itMergesLikeASet(algebra, fc.array(fc.nat(500), { maxLength: 80 }));
});

describe('evidence', () => {
  const observation = fc.record({
    kind: fc.constantFrom(
      'request' as const,
      'upstream-error' as const,
      'signal' as const,
      'answer' as const,
    ),
    at: fc.nat(60_000),
    request: fc.constantFrom('GET / HTTP/1.1', 'POST /a HTTP/1.1', null),
    lineNumber: fc.nat(5_000),
  });
  const algebra: Algebra<Evidence, Observation> = {
    empty: newEvidence,
    add: foldObservation,
    merge: mergeEvidence,
    view: (evidence) => {
      settleEvidence(evidence);
      return Object.values(evidence).map((sample) => [
        sample.kept.map((item) => JSON.stringify(item)).sort(),
        [...sample.dropped].sort(),
      ]);
    },
  };
  itMergesLikeASet(algebra, fc.array(observation.map(observationOf), { maxLength: 30 }));
});

/** Enough of an observation for folding. */
function observationOf(parts: {
  kind: Observation['kind'];
  at: number;
  request: string | null;
  lineNumber: number;
}): Observation {
  const origin = { path: 'log', lineNumber: parts.lineNumber };
  const common = { at: parts.at, host: 'web-1', origin, line: `line ${parts.lineNumber}` };
  switch (parts.kind) {
    case 'request':
      return {
        ...common,
        kind: 'request',
        client: null,
        request: parts.request,
        status: 502,
        tries: null,
        requestMs: null,
        connection: null,
        nginxPid: null,
      };
    case 'upstream-error':
      return {
        ...common,
        kind: 'upstream-error',
        mechanism: 'premature-close',
        visible: '502',
        nginxPid: 1,
        connection: null,
        client: null,
        request: parts.request,
        isSubrequest: false,
        isTruncated: false,
        upstream: null,
        errno: null,
        message: '',
      };
    case 'signal':
      return {
        ...common,
        kind: 'signal',
        id: 'worker-timeout',
        role: 'gunicorn',
        pid: null,
        emitter: null,
        unit: null,
        facts: {},
      };
    case 'answer':
      return {
        ...common,
        kind: 'answer',
        role: 'gunicorn',
        request: parts.request ?? '',
        status: 200,
      };
  }
}
