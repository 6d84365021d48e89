import { expect, it } from 'vitest';
import { memoryTable } from '../../../adapters/local/memory-table.ts';
import { describeTable } from '../../contract/table.ts';

describeTable('the table in memory of watch', async (clock) => ({
  table: memoryTable({ clock }),
  close: async () => {},
}));

const row = { partition: 'B#x', sort: 'a', body: '{}', version: '1', expiresAt: 10_000_000 };

it('forgets rows before they expire where it is told to', async () => {
  let nowMs = 1_000;
  const table = memoryTable({
    clock: () => nowMs,
    longestLifeMs: (partition) => (partition.startsWith('B#') ? 500 : 1_000_000),
  });
  await table.put(row);
  await table.put({ ...row, partition: 'I#x' });
  nowMs += 500;
  expect(await table.get(row)).toBeNull();
  expect(await table.putIf(row, null)).toBe(true);
  nowMs += 500;
  table.vacuumExpired();
  expect(await table.query({ partition: 'B#x', from: '', to: '~' })).toEqual([]);
  expect(await table.get({ partition: 'I#x', sort: 'a' })).not.toBeNull();
});
