import { expect, it } from 'vitest';
import { memoryTable } from '../../../adapters/local/memory-table.ts';
import { describeTable } from '../../contract/table.ts';

describeTable('the table in memory of watch', async (clock) => ({
  table: memoryTable({ clock }),
  close: async () => {},
}));

const row = { partition: 'B#x', sort: 'a', body: '{}', version: '1', expiresAt: 10_000_000 };

it('removes what has expired, and of what may go the oldest when it is too much', async () => {
  let nowMs = 1_000;
  const table = memoryTable({
    clock: () => nowMs,
    mostCharacters: 250,
    mayGo: ({ partition }) => partition.startsWith('B#'),
  });
  const body = 'x'.repeat(100);
  await table.put({ ...row, expiresAt: 2_000 });
  await table.put({ ...row, partition: 'I#x', body, expiresAt: 3_000 });
  for (const sort of ['b', 'c']) await table.put({ ...row, sort, body, expiresAt: 5_000 });
  nowMs = 2_000;
  table.vacuumExpired();
  const left = await table.query({ partition: 'B#x', from: '', to: '~' });
  expect(left.map(({ sort }) => sort)).toEqual(['c']);
  expect(await table.get({ partition: 'I#x', sort: 'a' })).not.toBeNull();
});
