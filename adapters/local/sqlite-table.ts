import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import {
  checkKey,
  checkRange,
  checkRow,
  type KeyRange,
  type Row,
  type RowKey,
  type Table,
} from '../../core/table.ts';
import { TableError, type TableErrorCode } from '../../core/table-error.ts';

export type SqliteTable = Table & {
  /** Removes some thousands of rows that have expired: cheap enough for every hour. Done when the table is opened. */
  vacuumExpired(): void;
  close(): void;
};

/** "bgwt", so that no other program's database is written to (SQLite, PRAGMA application_id). */
const APPLICATION_ID = 0x62677774;
const SCHEMA_VERSION = 1;

/** How long a writer waits for another process, and blocks its own; each of them writes one row at a time. */
const BUSY_MS = 5_000;

/** Keys and bodies are the bytes of UTF-8: SQLite compares BLOBs byte by byte, and keeps NUL in them. */
const SCHEMA = `
  CREATE TABLE rows (
    partition BLOB NOT NULL,
    sort BLOB NOT NULL,
    version BLOB NOT NULL,
    body BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (partition, sort)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rows_by_expiry ON rows (expires_at);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

const INSERT = `
  INSERT INTO rows (partition, sort, version, body, expires_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (partition, sort) DO UPDATE
  SET version = excluded.version, body = excluded.body, expires_at = excluded.expires_at`;

const AT = 'WHERE partition = ? AND sort = ?';

const RANGE = `
  SELECT * FROM rows
  WHERE partition = ? AND sort >= ? AND sort <= ? AND expires_at > ?
  ORDER BY sort`;

/**
 * A table in a SQLite file, made when it is not there; `:memory:` keeps it in memory. Several processes may have it
 * open at once. Needs Node 24: throws `AppError` NodeTooOld otherwise, and `TableError` for a file that cannot be
 * opened or is another program's.
 */
export function openSqliteTable(
  path: string,
  clock: () => number,
  { busyMs = BUSY_MS } = {},
): SqliteTable {
  const db = openDatabase(path, busyMs);
  const guard = <T>(action: () => T): T => guarded(path, action);
  const vacuumExpired = () => guard(() => vacuum(db, clock()));
  try {
    guard(() => prepareSchema(db, path));
    vacuumUnlessBusy(vacuumExpired);
  } catch (error) {
    db.close();
    throw error;
  }
  return { ...tableOf(db, guard, clock), vacuumExpired, close: () => db.close() };
}

/** `node:sqlite` is in Node 24, and in 22.13 with a warning; loaded here, so that all else runs without it. */
function openDatabase(path: string, busyMs: number): DatabaseSync {
  const sqlite = process.getBuiltinModule?.('node:sqlite');
  if (!sqlite)
    throw new AppError(
      'NodeTooOld',
      `keeping a history needs Node 24 or later, and this is ${process.version}`,
      { hint: 'install Node 24, or leave the history out' },
    );
  return guarded(path, () => {
    // Rows hold parts of logs: not for other users of the machine.
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new sqlite.DatabaseSync(path, { timeout: busyMs });
  });
}

function prepareSchema(db: DatabaseSync, path: string): void {
  // Readers do not wait for the writer, nor it for them. NORMAL: after a power cut the last writes may be gone, but
  // the file is whole; what is lost is done again.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  if (isNew(db)) makeSchema(db);
  checkOwner(db, path);
}

/** Of two processes that make the file at once, one waits and finds it made. */
function makeSchema(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    if (isNew(db)) db.exec(SCHEMA);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

function isNew(db: DatabaseSync): boolean {
  return db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0;
}

function checkOwner(db: DatabaseSync, path: string): void {
  const id = db.prepare('PRAGMA application_id').get()?.application_id;
  const version = db.prepare('PRAGMA user_version').get()?.user_version;
  if (id !== APPLICATION_ID)
    throw new TableError('TableRefused', `${path} is a database of another program`, {
      hint: 'choose another file for the history',
    });
  if (version !== SCHEMA_VERSION)
    throw new TableError('TableRefused', `${path} has version ${version}, not ${SCHEMA_VERSION}`, {
      hint: 'use the badgateway that wrote it, or choose another file for the history',
    });
}

/** Ten thousand at the most: opening must not take long after months. */
function vacuum(db: DatabaseSync, nowMs: number): void {
  db.prepare(`
    DELETE FROM rows WHERE (partition, sort) IN (
      SELECT partition, sort FROM rows WHERE expires_at <= ? LIMIT 10000
    )`).run(nowMs);
}

/** Expired rows do no harm: nothing sees them. */
function vacuumUnlessBusy(vacuumExpired: () => void): void {
  try {
    vacuumExpired();
  } catch (error) {
    if (!(error instanceof TableError && error.isTemporary)) throw error;
  }
}

type Guard = <T>(action: () => T) => T;

function tableOf(db: DatabaseSync, guard: Guard, clock: () => number): Table {
  const put = db.prepare(INSERT);
  const putNew = db.prepare(`${INSERT} WHERE rows.expires_at <= ?`);
  const replace = db.prepare(
    `UPDATE rows SET version = ?, body = ?, expires_at = ? ${AT} AND version = ? AND expires_at > ?`,
  );
  const get = db.prepare(`SELECT * FROM rows ${AT} AND expires_at > ?`);
  const remove = db.prepare(`DELETE FROM rows ${AT} AND version = ? AND expires_at > ?`);
  const ascending = db.prepare(`${RANGE} LIMIT ?`);
  const descending = db.prepare(`${RANGE} DESC LIMIT ?`);
  const hasChanged = (statement: StatementSync, ...values: (Buffer | number)[]) =>
    guard(() => statement.run(...values).changes === 1);
  return {
    async put(row) {
      checkRow(row);
      hasChanged(put, ...keyOf(row), ...valuesOf(row));
    },
    async putIf(row, version) {
      checkRow(row);
      if (version === null) return hasChanged(putNew, ...keyOf(row), ...valuesOf(row), clock());
      return hasChanged(replace, ...valuesOf(row), ...keyOf(row), bytesOf(version), clock());
    },
    async get(key) {
      checkKey(key);
      const found = guard(() => get.get(...keyOf(key), clock()));
      return found === undefined ? null : rowOf(found);
    },
    async query(range) {
      checkRange(range);
      const statement = range.isDescending ? descending : ascending;
      return guard(() => statement.all(...boundsOf(range), clock(), range.limit ?? -1)).map(rowOf);
    },
    async deleteIf(key, version) {
      checkKey(key);
      return hasChanged(remove, ...keyOf(key), bytesOf(version), clock());
    },
  };
}

function keyOf({ partition, sort }: RowKey): [Buffer, Buffer] {
  return [bytesOf(partition), bytesOf(sort)];
}

function valuesOf({ version, body, expiresAt }: Row): [Buffer, Buffer, number] {
  return [bytesOf(version), bytesOf(body), expiresAt];
}

function boundsOf({ partition, from, to }: KeyRange): [Buffer, Buffer, Buffer] {
  return [bytesOf(partition), bytesOf(from), bytesOf(to)];
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text);
}

function rowOf(columns: Record<string, unknown>): Row {
  const text = (name: string) => Buffer.from(columns[name] as Uint8Array).toString();
  return {
    partition: text('partition'),
    sort: text('sort'),
    body: text('body'),
    version: text('version'),
    expiresAt: Number(columns.expires_at),
  };
}

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const CODES: Readonly<Record<number, readonly [TableErrorCode, string]>> = {
  3: ['TableDenied', 'make the file and its directory readable and writable'],
  5: ['TableUnavailable', 'another process has it locked: end that one, or try again'],
  6: ['TableUnavailable', 'another process has it locked: end that one, or try again'],
  8: ['TableDenied', 'make the file and its directory readable and writable'],
  10: ['TableUnavailable', 'look at the disk'],
  11: ['TableRefused', 'the file is damaged: remove it, and a new one is made'],
  13: ['TableUnavailable', 'make room on the disk'],
  14: ['TableDenied', 'make the file and its directory readable and writable'],
  26: ['TableRefused', 'choose another file for the history'],
};

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw sqliteError(path, error);
  }
}

/** What SQLite says holds no values; what it does not say is a bug and comes back as it is. */
function sqliteError(path: string, error: unknown): unknown {
  const { errcode, errstr, code } = Object(error) as Record<string, unknown>;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EEXIST' || code === 'ENOTDIR')
    return new TableError('TableDenied', `${path} cannot be made: ${code}`, { cause: error });
  const known = typeof errcode === 'number' ? CODES[errcode & 0xff] : undefined;
  if (known === undefined) return error;
  const [tableCode, hint] = known;
  return new TableError(tableCode, `${path}: ${String(errstr)}`, { hint, cause: error });
}
