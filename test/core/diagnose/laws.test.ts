/** What must hold for any evidence, sensible or not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Coverage } from '../../../core/diagnose/attribute.ts';
import { HostWindow } from '../../../core/diagnose/host-window.ts';
import { mergeRollup, newRollup, type Rollup } from '../../../core/diagnose/rollup.ts';
import {
  MECHANISMS,
  type Observation,
  type RequestRecord,
  SIGNALS,
  type Signal,
  type UpstreamError,
  type VisibleStatus,
} from '../../../core/model.ts';
import { NOON } from './logs.ts';

const ALIVE: Coverage = { access: true, error: true, gunicorn: true, system: true };
/** Longer than minutes are held back for (`PATIENCE`), so that early ones are attributed before late ones are read. */
const SPAN_SECONDS = 60 * 60;
const HOST = 'web-1';
const coverages = fc.constantFrom(
  ALIVE,
  { ...ALIVE, access: false },
  { ...ALIVE, access: false, error: false },
);

/** Crowded around the edges of few minutes: neighbours meet there, and spans begin and end. */
const second = fc
  .tuple(
    fc.constantFrom(0, 1, 2, 14, 15, 16, 17, 18, 19, 31, 32, 33, 34, 58),
    fc.integer({ min: -4, max: 6 }),
  )
  .map(([minute, offset]) => minute * 60 + offset);
const path = fc.constantFrom('/cart', '/pdf/7', '/orders', '/a/b');
const upstream = fc.constantFrom('http://127.0.0.1:8000', 'http://unix:/run/g.sock', 'http://app');
const pid = fc.integer({ min: 101, max: 106 });

type Draft = (lineNumber: number) => Observation;

const request: fc.Arbitrary<Draft> = fc
  .record({ second, path, status: fc.constantFrom(502, 502, 502, 504, 500, 9) })
  .map(
    ({ second: at, path: uri, status }) =>
      (lineNumber): RequestRecord => ({
        kind: 'request',
        at: NOON + at * 1_000,
        host: HOST,
        client: '203.0.113.7',
        request: `GET ${uri} HTTP/1.1`,
        status,
        tries: null,
        requestMs: null,
        connection: null,
        nginxPid: null,
        origin: { path: 'access.log', lineNumber },
        line: `access ${lineNumber}`,
      }),
  );

const VISIBLE: readonly VisibleStatus[] = ['502', '504', '500', 'none'];

const upstreamError: fc.Arbitrary<Draft> = fc
  .record({
    second,
    path,
    upstream,
    mechanism: fc.constantFrom(...MECHANISMS),
    visible: fc.constantFrom(...VISIBLE),
  })
  .map(
    ({ second: at, path: uri, ...rest }) =>
      (lineNumber): UpstreamError => ({
        kind: 'upstream-error',
        at: NOON + at * 1_000,
        host: HOST,
        nginxPid: 77,
        connection: lineNumber,
        client: '203.0.113.7',
        request: `GET ${uri} HTTP/1.1`,
        isSubrequest: false,
        isTruncated: false,
        errno: null,
        message: 'failed',
        origin: { path: 'error.log', lineNumber },
        line: `error ${lineNumber}`,
        ...rest,
      }),
  );

const signal: fc.Arbitrary<Draft> = fc
  .record({
    second,
    pid,
    id: fc.constantFrom(...SIGNALS),
    role: fc.constantFrom('gunicorn' as const, 'system' as const),
    facts: fc.constantFrom<Signal['facts'][]>(
      {},
      {},
      { signal: 'SIGTERM' },
      { exitCode: 3 },
      { uri: '/pdf/7', isAbort: true },
      { version: '23.0.0' },
      { workerClass: 'sync' },
      { addresses: ['http://127.0.0.1:8000'] },
      { reason: '9/KILL' },
      { reason: 'oom-kill' },
    ),
  })
  .map(
    ({ second: at, pid: about, id, facts }) =>
      (lineNumber): Signal => ({
        kind: 'signal',
        id,
        at: NOON + at * 1_000,
        host: HOST,
        role: 'gunicorn',
        pid: about,
        emitter: id === 'request-error' ? about : 100,
        unit: null,
        facts,
        origin: { path: 'gunicorn.log', lineNumber },
        line: `gunicorn ${lineNumber}`,
      }),
  );

/** Each log by itself in the order of time. */
const logs: fc.Arbitrary<Observation[]> = fc
  .tuple(
    fc.array(request, { maxLength: 40 }),
    fc.array(upstreamError, { maxLength: 40 }),
    fc.array(signal, { maxLength: 25 }),
  )
  .map((drafts) =>
    drafts.flatMap((log) => {
      const times = log.map((draft) => draft(0).at).sort((a, b) => a - b);
      return log.map((draft, index) => ({ ...draft(index + 1), at: times[index] as number }));
    }),
  );

/** The rollup, when minutes are attributed whenever `stops` (seconds) are reached, and at the end. */
function rollupOf(
  observations: readonly Observation[],
  stops: readonly number[] = [],
  coverage: Coverage = ALIVE,
): Rollup {
  const rollup = newRollup();
  const window = new HostWindow(HOST, rollup, {
    coverageAt: () => coverage,
    sinceMs: null,
    untilMs: null,
  });
  const left = [...observations].sort((a, b) => a.at - b.at);
  for (const stop of stops) {
    while (left[0] && left[0].at < NOON + stop * 1_000) window.add(left.shift() as Observation);
    window.advance(NOON + stop * 1_000);
  }
  for (const observation of left) window.add(observation);
  window.finish();
  return rollup;
}

/** What a rollup says, in an order of its own. */
function told(rollup: Rollup, shiftMs = 0) {
  const sorted = (counts: ReadonlyMap<string, number>) => [...counts].sort();
  return [...rollup.values()]
    .map((entry) => ({
      cause: entry.cause,
      counts: [entry.failures, entry.retried, entry.truncated, entry.findings],
      seen: [entry.firstSeen - shiftMs, entry.lastSeen - shiftMs],
      confidences: sorted(entry.confidences),
      mechanisms: sorted(entry.mechanisms.counts),
      statuses: sorted(entry.statuses.counts),
      routes: sorted(entry.routes.counts),
      signals: sorted(entry.facts.signals.counts),
      exhibits: [...entry.exhibits]
        .map(([role, list]) => [role, ...list.map(({ line }) => line)])
        .sort(),
    }))
    .sort((a, b) => (a.cause < b.cause ? -1 : 1));
}

/** The same without the signals: one that explains failures of two spans is told twice. */
function counted(rollup: Rollup) {
  return told(rollup).map(({ signals: _signals, ...rest }) => rest);
}

function sumOf(rollup: Rollup): number {
  return [...rollup.values()].reduce((sum, { failures }) => sum + failures, 0);
}

describe('attribution', () => {
  it('gives each failed request of the access log exactly one cause', () => {
    fc.assert(
      fc.property(logs, (observations) => {
        const certain = observations.filter(
          (one) => one.kind === 'request' && one.status !== 500,
        ).length;
        const all = observations.filter((one) => one.kind === 'request').length;
        const sum = sumOf(rollupOf(observations));
        expect(sum).toBeGreaterThanOrEqual(certain);
        expect(sum).toBeLessThanOrEqual(all);
      }),
    );
  });

  it('does not depend on when minutes are attributed', () => {
    const stops = fc
      .uniqueArray(fc.integer({ min: 0, max: SPAN_SECONDS + 3_600 }), { maxLength: 40 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(logs, stops, coverages, (observations, at, coverage) => {
        expect(counted(rollupOf(observations, at, coverage))).toEqual(
          counted(rollupOf(observations, [], coverage)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on which log is read first', () => {
    fc.assert(
      fc.property(logs, coverages, (observations, coverage) => {
        const paths = ['system.log', 'gunicorn.log', 'error.log', 'access.log'];
        const reversed = paths.flatMap((path) =>
          observations.filter((one) => one.origin.path === path),
        );
        expect(told(rollupOf(reversed, [], coverage))).toEqual(
          told(rollupOf(observations, [], coverage)),
        );
      }),
    );
  });

  it('does not depend on the day', () => {
    const minutes = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(logs, minutes, (observations, shift) => {
        const shiftMs = shift * 60_000;
        const later = observations.map((one) => ({ ...one, at: one.at + shiftMs }));
        expect(told(rollupOf(later), shiftMs)).toEqual(told(rollupOf(observations)));
      }),
    );
  });
});

describe('a rollup', () => {
  const rollups = fc.array(logs, { minLength: 3, maxLength: 3 });

  it('is the same whichever is merged first', () => {
    fc.assert(
      fc.property(rollups, (parts) => {
        const forth = newRollup();
        for (const part of parts) mergeRollup(forth, rollupOf(part));
        const back = newRollup();
        for (const part of [...parts].reverse()) mergeRollup(back, rollupOf(part));
        const inner = newRollup();
        for (const part of parts.slice(1)) mergeRollup(inner, rollupOf(part));
        const nested = rollupOf(parts[0] ?? []);
        mergeRollup(nested, inner);
        expect(told(back)).toEqual(told(forth));
        expect(told(nested)).toEqual(told(forth));
        expect(sumOf(forth)).toBe(parts.reduce((sum, part) => sum + sumOf(rollupOf(part)), 0));
      }),
      { numRuns: 50 },
    );
  });
});
