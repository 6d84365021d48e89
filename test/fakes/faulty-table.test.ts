import { describe, expect, test } from 'vitest';
import type { Row, Table } from '../../core/table.ts';
import { describeTable } from '../contract/table.ts';
import { atCall, atWrite, faultyTable } from './faulty-table.ts';
import { memoryTable } from './memory-table.ts';

describeTable('the faulty table without a fault', async (clock) => ({
  table: faultyTable(memoryTable(clock), []),
  close: async () => {},
}));

describe('the faulty table', () => {
  const row: Row = { partition: 'P', sort: 'a', body: '', version: '1', expiresAt: 1_000 };
  const isThere = async (table: Table) => (await table.get(row)) !== null;

  test.each([
    ['fail-before', 'TableUnavailable', false],
    ['throttle', 'TableThrottled', false],
    ['fail-after', 'TableUnavailable', true],
  ] as const)('throws for %s, and goes on', async (fault, code, isWritten) => {
    const inner = memoryTable();
    const table = faultyTable(inner, [fault]);
    await expect(table.put(row)).rejects.toMatchObject({ code, isTemporary: true });
    expect(await isThere(inner)).toBe(isWritten);
    await table.put(row);
    expect(await isThere(table)).toBe(true);
  });

  test.each([
    ['crash-before', false],
    ['crash-after', true],
  ] as const)('is dead after %s, while what it wrote stays', async (fault, isWritten) => {
    const inner = memoryTable();
    const table = faultyTable(inner, atWrite(1, fault));
    expect(await table.get(row)).toBeNull();
    await expect(table.put(row)).rejects.toThrow(fault);
    await expect(table.get(row)).rejects.toMatchObject({ code: 'TableUnavailable' });
    await expect(table.put(row)).rejects.toMatchObject({ code: 'TableUnavailable' });
    expect(await isThere(inner)).toBe(isWritten);
  });

  test('counts calls and writes apart', async () => {
    const table = faultyTable(memoryTable(), atWrite(2, 'throttle'));
    await table.put(row);
    await table.query({ partition: 'P', from: 'a', to: 'b' });
    await expect(table.deleteIf(row, '1')).rejects.toThrow('call 3, write 2');
    expect(table.calls.map(({ method, call, write }) => [method, call, write])).toEqual([
      ['put', 1, 1],
      ['query', 2, 0],
      ['deleteIf', 3, 2],
    ]);
  });

  test('fails a read when told so', async () => {
    const table = faultyTable(memoryTable(), atCall(2, 'fail-before'));
    await table.put(row);
    await expect(table.get(row)).rejects.toThrow('fail-before at call 2');
  });
});
