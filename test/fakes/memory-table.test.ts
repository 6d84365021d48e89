import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareKeys } from '../../core/table.ts';
import { describeTable } from '../contract/table.ts';
import { memoryTable } from './memory-table.ts';

describeTable('the table in memory', async (clock) => ({
  table: memoryTable(clock),
  close: async () => {},
}));

describe('the table in memory', () => {
  test('shows its rows in order, and goes back to how it was', async () => {
    const table = memoryTable();
    const row = { partition: 'P', sort: 'b', body: '', version: '', expiresAt: 1_000 };
    await table.put(row);
    await table.put({ ...row, sort: 'a' });
    await table.put({ ...row, partition: 'O' });
    const before = table.rows();
    expect(before.map(({ partition, sort }) => partition + sort)).toEqual(['Ob', 'Pa', 'Pb']);
    await table.put({ ...row, body: 'changed' });
    table.restore(before);
    expect(table.rows()).toEqual(before);
  });
});

test('keys compare as their UTF-8 bytes do', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, (start, one, other) => {
      const [left, right] = [start + one, start + other];
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareKeys(left, right))).toBe(bytes);
    }),
    { numRuns: 1_000 },
  );
});
