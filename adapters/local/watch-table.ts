/** Where `watch` keeps what it counts. */
import { join } from 'node:path';
import type { Row, Table } from '../../core/table.ts';
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
 * In hours. Of the rows of lines and of marks no more is needed than late lines may change, and lines of a file are
 * hardly late; in memory, of minutes no more than an open incident is told of. So it stays bounded however long it runs.
 */
const LIVES: Readonly<Record<string, number>> = { B: 26, D: 26 };
const LIVES_IN_MEMORY: Readonly<Record<string, number>> = { B: 4, D: 4, M: 48, H: 48, C: 48 };
/** Thousands of failures a second come to ten million in a minute, for as long as they last. */
const MOST_CHARACTERS = 128 * 1024 * 1024;
/** What is left of the four hours of a row that was written three quarters of an hour ago. */
const OLD_ENOUGH_MS = 3.25 * HOUR_MS;

/** `directory`: of the store; `null`: in memory. Throws `AppError` for a store that cannot be opened, or needs a newer Node. */
export function openWatchTable(directory: string | null, clock: () => number): WatchTable {
  if (directory === null) {
    // Of what was written lately minutes are still counted again.
    const mayGo = ({ partition, expiresAt }: Row) =>
      partition.startsWith('B#') && expiresAt < clock() + OLD_ENOUGH_MS;
    const table = memoryTable({ clock, mostCharacters: MOST_CHARACTERS, mayGo });
    return {
      table: shortLived(table, LIVES_IN_MEMORY, clock),
      tidy: () => table.vacuumExpired(),
      close: () => {},
    };
  }
  const table = openSqliteTable(join(directory, STORE_FILE), clock);
  return {
    table: shortLived(table, LIVES, clock),
    tidy: () => table.vacuumExpired(),
    close: () => table.close(),
  };
}

/** Rows live at most as many hours after they were written as is said of their kind, the first part of their key. */
function shortLived(
  table: Table,
  lives: Readonly<Record<string, number>>,
  clock: () => number,
): Table {
  const shortened = (row: Row): Row => {
    const hours = lives[row.partition.slice(0, row.partition.indexOf('#'))];
    if (hours === undefined) return row;
    const latest = Math.ceil(clock() / 1_000) * 1_000 + hours * HOUR_MS;
    return { ...row, expiresAt: Math.min(row.expiresAt, latest) };
  };
  return {
    ...table,
    put: (row) => table.put(shortened(row)),
    putIf: (row, version) => table.putIf(shortened(row), version),
  };
}
