import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import { DIMENSIONS, type Dimension, type Query } from '../../../core/query/query.ts';
import { runQuery } from '../../../core/query/run-query.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { type Counted, writeCounted } from './counted.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;

const query = (more: Partial<Query> = {}): Query => ({
  services: ['shop'],
  fromMs: NOW - DAY_MS,
  toMs: NOW,
  by: ['cause'],
  every: null,
  timeZone: 'UTC',
  filters: {},
  limit: null,
  ...more,
});

const failure = (time: string, more: Partial<Counted> = {}): Counted => ({
  at: Date.parse(`2026-11-20T${time}Z`),
  cause: 'worker-timeout',
  host: 'web-1',
  route: 'GET /reports/:id',
  upstream: 'http://127.0.0.1:8000',
  status: '502',
  count: 1,
  ...more,
});

async function ask(failures: readonly Counted[], more: Partial<Query> = {}) {
  const table = memoryTable(() => NOW);
  await writeCounted(table, 'shop', failures, NOW);
  return runQuery(table, query(more), NOW);
}

describe('groups', () => {
  const failures = [
    failure('10:00:10', { count: 5 }),
    failure('10:00:20', { host: 'web-2', count: 2 }),
    failure('11:30:00', { cause: 'worker-oom', route: null, count: 9 }),
  ];

  test('of one kind, most failures first', async () => {
    const { rows, failures: total } = await ask(failures);
    expect(rows).toEqual([
      { cause: 'worker-oom', failures: 9 },
      { cause: 'worker-timeout', failures: 7 },
    ]);
    expect(total).toBe(16);
  });

  test('of several kinds at once, in the order that was asked for', async () => {
    const { rows } = await ask(failures, { by: ['route', 'host'] });
    expect(rows).toEqual([
      { route: null, host: 'web-1', failures: 9 },
      { route: 'GET /reports/:id', host: 'web-1', failures: 5 },
      { route: 'GET /reports/:id', host: 'web-2', failures: 2 },
    ]);
  });

  test('over time, by the hour of a day', async () => {
    const { rows, every } = await ask(failures, { by: ['time', 'cause'] });
    expect(every).toBe('1h');
    expect(rows).toEqual([
      { time: '2026-11-20T10:00:00.000Z', cause: 'worker-timeout', failures: 7 },
      { time: '2026-11-20T11:00:00.000Z', cause: 'worker-oom', failures: 9 },
    ]);
  });

  test('by the local day, which begins at another hour', async () => {
    const late = failure('23:30:00', { at: Date.parse('2026-11-19T23:30:00Z') });
    const more = { by: ['time'] as const, every: '1d' as const, timeZone: 'Europe/Berlin' };
    const { rows } = await ask([late, ...failures], more);
    expect(rows).toEqual([{ time: '2026-11-19T23:00:00.000Z', failures: 17 }]);
  });

  test('only the largest, and the others as one row that makes the sum right', async () => {
    const { rows, otherGroups } = await ask(failures, { by: ['host', 'cause'], limit: 1 });
    expect(rows).toEqual([
      { host: 'web-1', cause: 'worker-oom', failures: 9 },
      { host: null, cause: null, failures: 7, isOther: true },
    ]);
    expect(otherGroups).toBe(2);
  });

  test('of what matches the filters', async () => {
    const { rows } = await ask(failures, { by: ['host'], filters: { cause: 'worker-timeout' } });
    expect(rows).toEqual([
      { host: 'web-1', failures: 5 },
      { host: 'web-2', failures: 2 },
    ]);
    const none = await ask(failures, { filters: { host: 'web-9' } });
    expect(none).toMatchObject({ rows: [], failures: 0 });
  });
});

test('a range that is not of whole hours is counted by the minute at its ends', async () => {
  const failures = ['09:59:59', '10:00:00', '10:30:00', '11:29:59', '11:30:00'].map((time) =>
    failure(time),
  );
  const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);
  const { failures: total, notes } = await ask(failures, {
    fromMs: at('10:00:00'),
    toMs: at('11:30:00'),
  });
  expect([total, notes]).toEqual([3, []]);
});

test('where minutes are gone hours are counted whole, and that is said', async () => {
  const long = NOW - 60 * DAY_MS;
  const failures = [long + 60_000, long + 40 * 60_000].map((at) => failure('', { at }));
  const {
    failures: total,
    from,
    notes,
  } = await ask(failures, {
    fromMs: long + 30 * 60_000,
    toMs: long + 60 * 60_000,
  });
  expect(total).toBe(2);
  expect(from).toBe(new Date(long).toISOString());
  expect(notes).toHaveLength(1);
});

test('more places than a row has room for are one row, and nothing is lost', async () => {
  const failures = Array.from({ length: 3_000 }, (_, index) =>
    failure('10:00:00', { route: `GET /${index}`, host: `web-${index % 3}` }),
  );
  const byHost = await ask(failures, { by: ['host'] });
  expect(byHost.rows.map(({ failures: count }) => count)).toEqual([1_000, 1_000, 1_000]);
  const byRoute = await ask(failures, { by: ['route'] });
  expect(byRoute.failures).toBe(3_000);
  expect(byRoute.rows.at(-1)).toMatchObject({ route: null, isOther: true });
  expect(byRoute.notes).toHaveLength(1);
});

describe('whatever was counted', () => {
  const counted: fc.Arbitrary<Counted> = fc.record({
    at: fc.integer({ min: NOW - 40 * DAY_MS, max: NOW - 1 }),
    cause: fc.constantFrom<CauseId>('worker-timeout', 'worker-oom', 'unknown'),
    host: fc.constantFrom('web-1', 'web-2', 'other', ''),
    route: fc.constantFrom('GET /a', 'POST /b', 'null', null),
    upstream: fc.constantFrom('http://app', null),
    status: fc.constantFrom('502', '504', '500'),
    count: fc.integer({ min: 1, max: 9 }),
  });
  const asked = fc.record({
    by: fc.subarray(DIMENSIONS.filter((dimension) => dimension !== 'service')),
    every: fc.constantFrom(null, '1h' as const, '1d' as const, '1mo' as const),
    limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null }),
    days: fc.integer({ min: 1, max: 40 }),
  });

  test('groups are what adding up one by one gives, and the rows make the sum', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(counted, { maxLength: 60 }), asked, async (failures, more) => {
        const { days, ...rest } = more;
        const fromMs = NOW - days * DAY_MS;
        const result = await ask(failures, { ...rest, fromMs });
        const within = failures.filter(({ at }) => at >= fromMs);
        const total = within.reduce((sum, { count }) => sum + count, 0);
        expect(result.failures).toBe(total);
        expect(result.rows.reduce((sum, row) => sum + row.failures, 0)).toBe(total);
        const named = rest.by.filter((dimension) => dimension !== 'time');
        for (const row of result.rows.filter(({ isOther }) => !isOther)) {
          const own = within.filter((one) =>
            named.every((dimension) => one[dimension] === row[dimension]),
          );
          const all = result.rows.filter(
            (other) =>
              !other.isOther && named.every((dimension) => other[dimension] === row[dimension]),
          );
          expect(sumOf(all.map((other) => other.failures))).toBe(
            sumOf(own.map(({ count }) => count)),
          );
        }
        if (rest.limit === null) expect(result.otherGroups).toBe(0);
        expect(groupsOf(result.rows, named)).toBeLessThanOrEqual((rest.limit ?? 1e9) + 1);
      }),
      { numRuns: 200 },
    );
  });
});

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function groupsOf(rows: readonly object[], named: readonly Dimension[]): number {
  const nameOf = (row: object) =>
    JSON.stringify([named.map((dimension) => Reflect.get(row, dimension)), 'isOther' in row]);
  return new Set(rows.map(nameOf)).size;
}
