import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSqliteTable } from '../../../adapters/local/sqlite-table.ts';
import type { Row } from '../../../core/table.ts';
import { describeTable } from '../../contract/table.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-sqlite-'));
  path = join(directory, 'state', 'history.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const NOW_MS = 1_000_000;
const clock = () => NOW_MS;
const row: Row = { partition: 'P', sort: 'a', body: '{}', version: '1', expiresAt: 2_000_000 };
const whole = { partition: 'P', from: '', to: '~' };

describeTable('the table in SQLite', async (clock) => {
  const table = openSqliteTable(path, clock);
  return { table, close: async () => table.close() };
});

describe('the table in SQLite', () => {
  test('keeps its rows when it is closed', async () => {
    const first = openSqliteTable(path, clock);
    await first.put(row);
    first.close();
    const second = openSqliteTable(path, clock);
    expect(await second.get(row)).toEqual(row);
    second.close();
  });

  test('is for its owner only, in a directory that it makes', () => {
    openSqliteTable(path, clock).close();
    expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
  });

  test('shows one process what another one wrote', async () => {
    const writer = openSqliteTable(path, clock);
    const reader = openSqliteTable(path, clock);
    await writer.put(row);
    expect(await reader.get(row)).toEqual(row);
    expect(await reader.putIf({ ...row, version: '2' }, null)).toBe(false);
    expect(await reader.putIf({ ...row, version: '2' }, '1')).toBe(true);
    expect(await writer.deleteIf(row, '1')).toBe(false);
    writer.close();
    reader.close();
  });

  test('lets several processes make, write and read one file at once', async () => {
    const results = await Promise.all(['0', '1', '2', '3'].map((name) => countUp(path, name)));
    expect(results).toEqual(['ok', 'ok', 'ok', 'ok']);
    const table = openSqliteTable(path, clock);
    // Each of them added 25 to one counter, by `putIf`.
    expect((await table.get({ partition: 'P', sort: 'counter' }))?.body).toBe('100');
    table.close();
  });

  test('removes expired rows when it is opened', async () => {
    const table = openSqliteTable(path, clock);
    await table.put({ ...row, sort: 'expired', expiresAt: NOW_MS });
    await table.put(row);
    table.close();
    openSqliteTable(path, clock).close();
    const db = new DatabaseSync(path);
    expect(db.prepare('SELECT count(*) AS n FROM rows').get()).toEqual({ n: 1 });
    db.close();
  });

  test('finds expired rows and ranges by an index', () => {
    openSqliteTable(path, clock).close();
    const db = new DatabaseSync(path);
    const planOf = (sql: string) => JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    expect(planOf('SELECT partition FROM rows WHERE expires_at <= 1')).toContain('rows_by_expiry');
    const range = planOf(
      "SELECT * FROM rows WHERE partition = x'00' AND sort > x'00' ORDER BY sort",
    );
    expect(range).toContain('USING PRIMARY KEY');
    expect(range).not.toContain('B-TREE');
    db.close();
  });

  test('says how to go on when it stays locked', async () => {
    const table = openSqliteTable(path, clock, { busyMs: 1 });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(table.put(row)).rejects.toMatchObject({
      code: 'TableUnavailable',
      isTemporary: true,
      message: `${path}: database is locked`,
    });
    expect(await table.query(whole)).toEqual([]);
    openSqliteTable(path, clock, { busyMs: 1 }).close();
    other.exec('ROLLBACK');
    await table.put(row);
    other.close();
    table.close();
  });

  test('leaves the database of another program alone', () => {
    const foreign = join(directory, 'foreign.db');
    const db = new DatabaseSync(foreign);
    db.exec('CREATE TABLE rows (a)');
    expect(() => openSqliteTable(foreign, clock)).toThrow('a database of another program');
    expect(db.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0 });
    db.close();
  });

  test('refuses the file of a later version', () => {
    openSqliteTable(path, clock).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 2');
    db.close();
    expect(() => openSqliteTable(path, clock)).toThrow('has version 2, not 1');
  });

  test('refuses a file that is no database', () => {
    const text = join(directory, 'notes.txt');
    writeFileSync(text, 'not a database, and long enough to be looked at '.repeat(50));
    expect(() => openSqliteTable(text, clock)).toThrow(
      expect.objectContaining({ code: 'TableRefused', message: `${text}: file is not a database` }),
    );
  });

  test.each([
    ['a directory', () => directory],
    [
      'a path through a file',
      () => {
        writeFileSync(join(directory, 'file'), '');
        return join(directory, 'file', 'history.db');
      },
    ],
  ])('refuses %s as its file', (_, make) => {
    expect(() => openSqliteTable(make(), clock)).toThrow(
      expect.objectContaining({ code: 'TableDenied' }),
    );
  });

  test.skipIf(process.getuid?.() === 0)('refuses a file that it may not read', () => {
    openSqliteTable(path, clock).close();
    chmodSync(path, 0o000);
    expect(() => openSqliteTable(path, clock)).toThrow(
      expect.objectContaining({ code: 'TableDenied' }),
    );
  });

  test('says which Node it needs where SQLite is missing', () => {
    const missing = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    expect(() => openSqliteTable(path, clock)).toThrow(
      expect.objectContaining({
        code: 'NodeTooOld',
        message: `keeping a history needs Node 24 or later, and this is ${process.version}`,
      }),
    );
    missing.mockRestore();
  });
});

/** A process that opens the table, adds to a counter that others add to as well, and prints `ok`. */
async function countUp(file: string, name: string): Promise<string> {
  const module = new URL('../../../adapters/local/sqlite-table.ts', import.meta.url);
  const script = `
    const { openSqliteTable } = await import(${JSON.stringify(module.href)});
    const table = openSqliteTable(${JSON.stringify(file)}, () => ${NOW_MS});
    const key = { partition: 'P', sort: 'counter' };
    for (let done = 0; done < 25; ) {
      const row = await table.get(key);
      const body = String(Number(row?.body ?? 0) + 1);
      const next = { ...key, body, version: '${name} ' + body, expiresAt: 2_000_000 };
      if (await table.putIf(next, row?.version ?? null)) done += 1;
    }
    table.close();
    process.stdout.write('ok');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  return output;
}
