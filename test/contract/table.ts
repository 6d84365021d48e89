import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  endOfPrefix,
  MAX_BODY_BYTES,
  type Row,
  type RowKey,
  type Table,
} from '../../core/table.ts';
import { TableError } from '../../core/table-error.ts';

/** A table with nothing in it, that sees the time of `clock`, epoch milliseconds. */
export type OpenTable = { readonly table: Table; close(): Promise<void> };
export type MakeTable = (clock: () => number) => Promise<OpenTable>;

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

/** The contract of `Table`; every implementation is held to it. */
export function describeTable(
  name: string,
  makeTable: MakeTable,
  options: { propertyRuns?: number } = {},
): void {
  describe(name, () => {
    let nowMs = NOW_MS;
    let opened: OpenTable;
    let table: Table;
    beforeEach(async () => {
      nowMs = NOW_MS;
      opened = await makeTable(() => nowMs);
      table = opened.table;
    });
    afterEach(() => opened.close());

    const putAll = async (rows: readonly Row[]) => {
      for (let at = 0; at < rows.length; at += 25)
        await Promise.all(rows.slice(at, at + 25).map((row) => table.put(row)));
    };
    const sortsOf = (rows: readonly Row[]) => rows.map(({ sort }) => sort);

    describe('put and get', () => {
      test('give back a row as it was put', async () => {
        const row = rowOf('a', { body: '{"n":1}', version: 'v1' });
        await table.put(row);
        expect(await table.get(row)).toEqual(row);
      });

      test('know no row that was never put', async () => {
        await table.put(rowOf('a'));
        expect(await table.get({ partition: 'P', sort: 'b' })).toBeNull();
        expect(await table.get({ partition: 'Q', sort: 'a' })).toBeNull();
      });

      test('overwrite whatever is there', async () => {
        await table.put(rowOf('a', { body: 'old', version: '1', expiresAt: NOW_MS + HOUR_MS }));
        const row = rowOf('a', { body: 'new', version: '2' });
        await table.put(row);
        expect(await table.get(row)).toEqual(row);
      });

      test('take the same row twice', async () => {
        const row = rowOf('a');
        await table.put(row);
        await table.put(row);
        expect(await table.query(whole('P'))).toEqual([row]);
      });

      test('keep nothing of a row but what a row has', async () => {
        await table.put(Object.assign(rowOf('a'), { more: 1 }));
        expect(await table.get({ partition: 'P', sort: 'a' })).toEqual(rowOf('a'));
      });

      test.each([
        ['empty', ''],
        ['ASCII', '{"path":"/a?b=c","n":[1,2.5,null]}'],
        ['latin1', 'caf\xe9 \xff\x80\xa0'],
        ['Unicode', 'łódź 日本 \u{1f600} \u{10ffff} e\u0301'],
        ['NUL and other controls', 'a\0b\x1b[31m\r\n\u2028'],
        ['a long repetition', 'ab'.repeat(100_000)],
      ])('keep a body that is %s', async (_, body) => {
        await table.put(rowOf('a', { body }));
        expect((await table.get(rowOf('a')))?.body).toBe(body);
        expect((await table.query(whole('P'))).map((row) => row.body)).toEqual([body]);
      });

      test('keep keys and versions of any characters', async () => {
        const row = rowOf('B#é#\u{1f600} \0 %_*?"\'', {
          partition: 'I#\xe9 \0 日本',
          version: '"\0é',
        });
        await table.put(row);
        expect(await table.get(row)).toEqual(row);
        expect(await table.putIf({ ...row, version: '2' }, row.version)).toBe(true);
      });
    });

    describe('limits', () => {
      test('let the largest body through, although it hardly compresses', async () => {
        const row = rowOf('a', { body: noise(MAX_BODY_BYTES) });
        expect(await table.putIf(row, null)).toBe(true);
        expect(await table.get(row)).toEqual(row);
      });

      test.each([
        ['of one byte more', noise(MAX_BODY_BYTES + 1)],
        ['of one byte more that compresses well', 'a'.repeat(MAX_BODY_BYTES + 1)],
        ['of fewer characters and more bytes', 'é'.repeat(MAX_BODY_BYTES / 2 + 1)],
      ])('refuse a body %s and write nothing', async (_, body) => {
        const refused = { code: 'RowTooLarge', isTemporary: false };
        const row = rowOf('a', { body });
        await expect(table.put(row)).rejects.toMatchObject(refused);
        await expect(table.putIf(row, null)).rejects.toMatchObject(refused);
        expect(await table.query(whole('P'))).toEqual([]);
      });

      test.each([
        ['an empty partition', { partition: '' }, 'RowInvalid'],
        ['an empty sort key', { sort: '' }, 'RowInvalid'],
        ['half a surrogate pair in its key', { sort: 'a\ud83d' }, 'RowInvalid'],
        ['half a surrogate pair in its body', { body: '\ude00' }, 'RowInvalid'],
        ['an expiry between two seconds', { expiresAt: NOW_MS + 1 }, 'RowInvalid'],
        ['no expiry', { expiresAt: Number.NaN }, 'RowInvalid'],
        ['a partition of 2,049 bytes', { partition: 'p'.repeat(2_049) }, 'RowTooLarge'],
        ['a sort key of 1,025 bytes', { sort: `${'s'.repeat(1_023)}é` }, 'RowTooLarge'],
      ])('refuse a row with %s', async (_, part, code) => {
        const row = { ...rowOf('a'), ...part };
        await expect(table.put(row)).rejects.toBeInstanceOf(TableError);
        await expect(table.putIf(row, null)).rejects.toMatchObject({ code });
      });

      test('let the largest keys through', async () => {
        const row = rowOf('s'.repeat(1_024), { partition: 'p'.repeat(2_048) });
        await table.put(row);
        expect(await table.get(row)).toEqual(row);
      });

      test('do not repeat the body in the error', async () => {
        const body = `secret ${noise(MAX_BODY_BYTES)}`;
        const error = await table.put(rowOf('a', { body })).catch((thrown: unknown) => thrown);
        expect(JSON.stringify([String(error), error])).not.toContain('secret');
      });
    });

    describe('putIf', () => {
      test('writes where nothing is, for null', async () => {
        expect(await table.putIf(rowOf('a'), null)).toBe(true);
        expect(await table.get(rowOf('a'))).toEqual(rowOf('a'));
      });

      test('does not write over a row, for null', async () => {
        await table.put(rowOf('a', { version: '1' }));
        expect(await table.putIf(rowOf('a', { version: '2' }), null)).toBe(false);
        expect(await table.get(rowOf('a'))).toEqual(rowOf('a', { version: '1' }));
      });

      test('writes over the version that is there', async () => {
        await table.put(rowOf('a', { version: '1' }));
        expect(await table.putIf(rowOf('a', { version: '2' }), '1')).toBe(true);
        expect(await table.get(rowOf('a'))).toEqual(rowOf('a', { version: '2' }));
      });

      test('does not write over another version', async () => {
        await table.put(rowOf('a', { version: '1' }));
        await table.put(rowOf('a', { version: '2' }));
        expect(await table.putIf(rowOf('a', { version: '3' }), '1')).toBe(false);
        expect(await table.get(rowOf('a'))).toEqual(rowOf('a', { version: '2' }));
      });

      test('does not write where the row is gone', async () => {
        expect(await table.putIf(rowOf('a', { version: '2' }), '1')).toBe(false);
        expect(await table.get(rowOf('a'))).toBeNull();
      });

      test('tells the empty version from none', async () => {
        expect(await table.putIf(rowOf('a', { version: '' }), '')).toBe(false);
        expect(await table.putIf(rowOf('a', { version: '' }), null)).toBe(true);
        expect(await table.putIf(rowOf('a', { version: '1' }), null)).toBe(false);
        expect(await table.putIf(rowOf('a', { version: '1' }), '')).toBe(true);
      });

      test.each([null, 'v0'])('lets exactly one of many win over %j', async (version) => {
        if (version !== null) await table.put(rowOf('a', { version }));
        const rivals = Array.from({ length: 10 }, (_, n) => rowOf('a', { version: `rival ${n}` }));
        const results = await Promise.all(rivals.map((row) => table.putIf(row, version)));
        const winners = rivals.filter((_, n) => results[n]);
        expect(winners).toHaveLength(1);
        expect(await table.get(rowOf('a'))).toEqual(winners[0]);
      });
    });

    describe('deleteIf', () => {
      test('deletes the version that is there', async () => {
        await table.put(rowOf('a', { version: '1' }));
        await table.put(rowOf('b', { version: '1' }));
        expect(await table.deleteIf(rowOf('a'), '1')).toBe(true);
        expect(sortsOf(await table.query(whole('P')))).toEqual(['b']);
      });

      test('leaves another version', async () => {
        await table.put(rowOf('a', { version: '2' }));
        expect(await table.deleteIf(rowOf('a'), '1')).toBe(false);
        expect(await table.get(rowOf('a'))).not.toBeNull();
      });

      test('says false for a row that is gone, and when repeated', async () => {
        expect(await table.deleteIf(rowOf('a'), '1')).toBe(false);
        await table.put(rowOf('a', { version: '1' }));
        expect(await table.deleteIf(rowOf('a'), '1')).toBe(true);
        expect(await table.deleteIf(rowOf('a'), '1')).toBe(false);
      });

      test('lets exactly one of many win', async () => {
        await table.put(rowOf('a', { version: '1' }));
        const rivals = Array.from({ length: 10 }, () => table.deleteIf(rowOf('a'), '1'));
        expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
      });
    });

    describe('query', () => {
      test('gives the rows between two keys, both included, in order', async () => {
        await putAll(['e', 'b', 'd', 'a', 'c'].map((sort) => rowOf(sort)));
        const rows = await table.query({ partition: 'P', from: 'b', to: 'd' });
        expect(rows).toEqual(['b', 'c', 'd'].map((sort) => rowOf(sort)));
      });

      test('gives one row for a range of one key', async () => {
        await putAll(['a', 'aa', 'b'].map((sort) => rowOf(sort)));
        expect(sortsOf(await table.query({ partition: 'P', from: 'a', to: 'a' }))).toEqual(['a']);
      });

      test.each([
        ['between two rows', 'b', 'c'],
        ['after all rows', 'e', 'z'],
        ['that ends before it begins', 'd', 'a'],
        ['that ends before it begins by an empty end', 'a', ''],
      ])('gives nothing for a range %s', async (_, from, to) => {
        await putAll(['a', 'd'].map((sort) => rowOf(sort)));
        expect(await table.query({ partition: 'P', from, to })).toEqual([]);
      });

      test('gives nothing for a partition without rows', async () => {
        expect(await table.query(whole('none'))).toEqual([]);
      });

      test('begins with the first row for an empty beginning', async () => {
        await putAll(['\0', 'a', 'b'].map((sort) => rowOf(sort)));
        const rows = await table.query({ partition: 'P', from: '', to: 'a' });
        expect(sortsOf(rows)).toEqual(['\0', 'a']);
      });

      test('orders by UTF-8 bytes, not by UTF-16 units', async () => {
        const sorted = ['A', 'a', 'z', '\x7f', '\x80', 'é', 'ł', '\ud7ff', '\ue000', '\uffff'];
        sorted.push('\u{10000}', '\u{1f600}', '\u{10fffe}');
        await putAll([...sorted].reverse().map((sort) => rowOf(sort)));
        expect(sortsOf(await table.query(whole('P')))).toEqual(sorted);
        const astral = { partition: 'P', from: '\uffff', to: '\u{10000}' };
        expect(sortsOf(await table.query(astral))).toEqual(['\uffff', '\u{10000}']);
        expect(await table.query({ partition: 'P', from: '\u{10000}', to: '\uffff' })).toEqual([]);
      });

      test('tells case apart, and takes no key for a pattern or number', async () => {
        await putAll(['1', '10', '2', 'A', 'a', '%', '_'].map((sort) => rowOf(sort)));
        expect(sortsOf(await table.query(whole('P')))).toEqual([
          '%',
          '1',
          '10',
          '2',
          'A',
          '_',
          'a',
        ]);
      });

      test('gives all keys of a prefix up to its end', async () => {
        const within = ['a#', 'a#0', 'a#\u00ff', 'a#\uffff', 'a#\u{1f600}x'];
        await putAll([...within, 'a', 'a$', 'b', 'a"'].map((sort) => rowOf(sort)));
        const rows = await table.query({ partition: 'P', from: 'a#', to: endOfPrefix('a#') });
        expect(sortsOf(rows)).toEqual(within);
      });

      test('gives the first rows, or none, for a limit', async () => {
        await putAll(['c', 'a', 'b'].map((sort) => rowOf(sort)));
        const limited = async (limit: number) =>
          sortsOf(await table.query({ ...whole('P'), limit }));
        expect(await limited(0)).toEqual([]);
        expect(await limited(2)).toEqual(['a', 'b']);
        expect(await limited(3)).toEqual(['a', 'b', 'c']);
        expect(await limited(99)).toEqual(['a', 'b', 'c']);
      });

      test('gives the last rows first when descending', async () => {
        await putAll(['c', 'a', 'd', 'b'].map((sort) => rowOf(sort)));
        const range = { partition: 'P', from: 'b', to: 'd', isDescending: true };
        expect(sortsOf(await table.query(range))).toEqual(['d', 'c', 'b']);
        expect(sortsOf(await table.query({ ...range, limit: 1 }))).toEqual(['d']);
      });

      test('sees no other partition', async () => {
        for (const partition of ['P', 'P#', 'p', 'PP', 'O'])
          await table.put(rowOf('a', { partition }));
        expect(await table.query(whole('P'))).toEqual([rowOf('a')]);
      });

      test('gives more rows than a page of bytes has', async () => {
        const rows = Array.from({ length: 24 }, (_, n) => rowOf(keyOf(n), { body: noise(90_000) }));
        await putAll(rows);
        expect(await table.query(whole('P'))).toEqual(rows);
        expect(sortsOf(await table.query({ ...whole('P'), isDescending: true }))).toEqual(
          sortsOf(rows).reverse(),
        );
        expect(await table.query({ ...whole('P'), limit: 20 })).toEqual(rows.slice(0, 20));
      });

      test('gives more rows than a page of rows has', async () => {
        const rows = Array.from({ length: 1_250 }, (_, n) => rowOf(keyOf(n), { body: `${n}` }));
        await putAll(rows);
        expect(await table.query(whole('P'))).toEqual(rows);
      });

      test('sees each write before it', async () => {
        await table.put(rowOf('a', { version: '1' }));
        expect(await table.query(whole('P'))).toEqual([rowOf('a', { version: '1' })]);
        await table.putIf(rowOf('a', { version: '2' }), '1');
        expect(await table.query(whole('P'))).toEqual([rowOf('a', { version: '2' })]);
        await table.deleteIf(rowOf('a'), '2');
        expect(await table.query(whole('P'))).toEqual([]);
      });
    });

    describe('an expired row', () => {
      const dying = rowOf('b', { version: '1', expiresAt: NOW_MS + HOUR_MS });

      test('is there until the moment of its expiry, and not from it on', async () => {
        await table.put(dying);
        nowMs = NOW_MS + HOUR_MS - 1;
        expect(await table.get(dying)).toEqual(dying);
        expect(await table.query(whole('P'))).toEqual([dying]);
        nowMs = NOW_MS + HOUR_MS;
        expect(await table.get(dying)).toBeNull();
        expect(await table.query(whole('P'))).toEqual([]);
      });

      test('is in the way of no new row', async () => {
        await table.put(dying);
        nowMs = NOW_MS + HOUR_MS - 1;
        expect(await table.putIf(rowOf('b', { version: '2' }), null)).toBe(false);
        nowMs = NOW_MS + HOUR_MS;
        expect(await table.putIf(rowOf('b', { version: '2' }), null)).toBe(true);
        expect(await table.get(dying)).toEqual(rowOf('b', { version: '2' }));
      });

      test('can neither be replaced nor deleted by its version', async () => {
        await table.put(dying);
        nowMs = NOW_MS + HOUR_MS;
        expect(await table.putIf(rowOf('b', { version: '2' }), '1')).toBe(false);
        expect(await table.deleteIf(dying, '1')).toBe(false);
        expect(await table.get(dying)).toBeNull();
      });

      test('may be put when it has expired already', async () => {
        const late = rowOf('b', { expiresAt: NOW_MS - HOUR_MS });
        await table.put(late);
        expect(await table.get(late)).toBeNull();
        expect(await table.putIf(late, null)).toBe(true);
      });

      test('does not count for a limit', async () => {
        await putAll(
          Array.from({ length: 60 }, (_, n) =>
            rowOf(keyOf(n), n % 20 === 19 ? {} : { expiresAt: NOW_MS + HOUR_MS }),
          ),
        );
        nowMs = NOW_MS + HOUR_MS;
        const rows = await table.query({ ...whole('P'), limit: 2 });
        expect(sortsOf(rows)).toEqual([keyOf(19), keyOf(39)]);
        const last = await table.query({ ...whole('P'), limit: 1, isDescending: true });
        expect(sortsOf(last)).toEqual([keyOf(59)]);
      });
    });

    test('behaves as a list of rows would, whatever is done', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { maxLength: 40 }), async (steps) => {
          run += 1;
          nowMs = NOW_MS;
          const model = modelTable(() => nowMs);
          for (const [n, step] of steps.entries()) {
            if (step.kind === 'wait') nowMs += step.ms;
            // Runs share the table, steps must not share versions: see `Row`.
            else
              expect(await apply(table, step, `run ${run} `, n)).toEqual(
                await apply(model, step, `run ${run} `, n),
              );
          }
        }),
        { numRuns: options.propertyRuns ?? 100 },
      );
    });
  });
}

function rowOf(sort: string, part: Partial<Row> = {}): Row {
  const expiresAt = NOW_MS + 24 * HOUR_MS;
  return { partition: 'P', sort, body: '{}', version: 'v', expiresAt, ...part };
}

function whole(partition: string) {
  return { partition, from: '', to: endOfPrefix('') };
}

function keyOf(n: number): string {
  return String(n).padStart(6, '0');
}

/** Printable text that compresses by a fifth at the most. */
function noise(bytes: number): string {
  return Array.from(randomBytes(bytes), (byte) => String.fromCharCode(32 + (byte % 95))).join('');
}

type Step =
  | { kind: 'put' | 'putIf'; partition: string; sort: string; guess: string; ttlMs: number }
  | { kind: 'get' | 'deleteIf'; partition: string; sort: string; guess: string }
  | {
      kind: 'query';
      partition: string;
      from: string;
      to: string;
      limit?: number;
      isDescending: boolean;
    }
  | { kind: 'wait'; ms: number };

const PARTITION = fc.constantFrom('A', 'B');
const SORT = fc.constantFrom('a', 'aa', 'b', 'é', '\uffff', '\u{1f600}');
/** The version that a conditional write names: `present` is the one that is there. */
const GUESS = fc.constantFrom('none', 'stale', 'present', 'present');
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('put' as const, 'putIf' as const),
    partition: PARTITION,
    sort: SORT,
    guess: GUESS,
    ttlMs: fc.constantFrom(0, 5_000, 60_000),
  }),
  fc.record({
    kind: fc.constantFrom('get' as const, 'deleteIf' as const),
    partition: PARTITION,
    sort: SORT,
    guess: GUESS,
  }),
  fc.record(
    {
      kind: fc.constant('query' as const),
      partition: PARTITION,
      from: fc.oneof(SORT, fc.constant('')),
      to: fc.oneof(SORT, fc.constant(endOfPrefix(''))),
      limit: fc.integer({ min: 0, max: 4 }),
      isDescending: fc.boolean(),
    },
    { requiredKeys: ['kind', 'partition', 'from', 'to', 'isDescending'] },
  ),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(999, 1_000, 30_000) }),
);

/** Does one step; what it gave, with the row that was there before. */
async function apply(
  table: Table,
  step: Exclude<Step, { kind: 'wait' }>,
  prefix: string,
  n: number,
): Promise<unknown> {
  const partition = `${prefix}${step.partition}`;
  if (step.kind === 'query') return table.query({ ...step, partition });
  const key = { partition, sort: step.sort };
  const present = await table.get(key);
  const version = step.guess === 'stale' ? 'stale' : (present?.version ?? 'gone');
  switch (step.kind) {
    case 'get':
      return present;
    case 'deleteIf':
      return [present, await table.deleteIf(key, version)];
    default: {
      const expiresAt = NOW_MS + step.ttlMs;
      const row = { ...key, body: `body ${n}`, version: `v${n}`, expiresAt };
      if (step.kind === 'put') return [present, await table.put(row)];
      return [present, await table.putIf(row, step.guess === 'none' ? null : version)];
    }
  }
}

/** What a `Table` is, as plainly as can be said. */
function modelTable(clock: () => number): Table {
  let all: Row[] = [];
  const isAt = (key: RowKey) => (row: Row) =>
    row.partition === key.partition && row.sort === key.sort;
  const find = (key: RowKey) =>
    all.find((row) => isAt(key)(row) && row.expiresAt > clock()) ?? null;
  const drop = (key: RowKey) => {
    all = all.filter((row) => !isAt(key)(row));
  };
  return {
    async put(row) {
      drop(row);
      all.push(row);
    },
    async putIf(row, version) {
      const present = find(row);
      if (version === null ? present !== null : present?.version !== version) return false;
      drop(row);
      all.push(row);
      return true;
    },
    async get(key) {
      return find(key);
    },
    async query(range) {
      const rows = all
        .filter((row) => row.partition === range.partition && row.expiresAt > clock())
        .filter((row) => compareBytes(row.sort, range.from) >= 0)
        .filter((row) => compareBytes(row.sort, range.to) <= 0)
        .sort((one, other) => compareBytes(one.sort, other.sort));
      if (range.isDescending) rows.reverse();
      return rows.slice(0, range.limit);
    },
    async deleteIf(key, version) {
      if (find(key)?.version !== version) return false;
      drop(key);
      return true;
    },
  };
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
