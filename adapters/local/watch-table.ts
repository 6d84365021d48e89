/** Where `watch` keeps what it counts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Table } from '../../core/table.ts';
import { memoryTable } from './memory-table.ts';
import { openSqliteTable } from './sqlite-table.ts';

export type WatchTable = {
  readonly table: Table;
  /** Takes expired rows out; cheap enough for every minute. */
  readonly tidy: () => void;
  readonly close: () => void;
};

/** The file of a store: `--store DIR`. */
export const STORE_FILE = 'badgateway.db';
const HOUR_MS = 3_600_000;

/**
 * Of the rows of a log's lines, of marks and of minutes no more is needed than what an open incident is made of, and
 * what late lines may change: memory stays bounded for as long as it runs.
 */
const LIVES_MS: Readonly<Record<string, number>> = { B: 4, D: 4, M: 48, H: 48, L: 24 };

/** `directory`: of the store; `null`: in memory. Throws `AppError` for a store that cannot be opened, or needs a newer Node. */
export function openWatchTable(directory: string | null, clock: () => number): WatchTable {
  if (directory === null) {
    const longestLifeMs = (partition: string) =>
      (LIVES_MS[partition.slice(0, partition.indexOf('#'))] ?? Number.POSITIVE_INFINITY) * HOUR_MS;
    const table = memoryTable({ clock, longestLifeMs });
    return { table, tidy: () => table.vacuumExpired(), close: () => {} };
  }
  const table = openSqliteTable(join(directory, STORE_FILE), clock);
  return { table, tidy: () => table.vacuumExpired(), close: () => table.close() };
}

/** The same of a store that must be there: nobody asks an empty one. */
export function openExistingStore(directory: string, clock: () => number): WatchTable {
  if (existsSync(join(directory, STORE_FILE))) return openWatchTable(directory, clock);
  throw new AppError('NoStore', `${directory}: there is no ${STORE_FILE} in it`, {
    hint: 'give the directory that badgateway watch --store was given',
  });
}
