import {
  checkKey,
  checkRange,
  checkRow,
  compareKeys,
  type KeyRange,
  type Row,
  type RowKey,
  type Table,
} from '../../core/table.ts';

/** A table with a look inside, for assertions. */
export type MemoryTable = Table & {
  /** All rows that are not expired, by partition and sort key. */
  rows(): readonly Row[];
  /** Everything back to how it was when `rows` gave these. */
  restore(rows: readonly Row[]): void;
};

/** A table in memory; rows never expire unless a clock (epoch milliseconds) is given. */
export function memoryTable(clock: () => number = () => 0): MemoryTable {
  const partitions = new Map<string, Map<string, Row>>();
  const live = (row: Row | undefined): Row | null =>
    row !== undefined && row.expiresAt > clock() ? row : null;
  const at = (key: RowKey): Row | null => live(partitions.get(key.partition)?.get(key.sort));
  const write = (row: Row): void => {
    const rows = partitions.get(row.partition) ?? new Map<string, Row>();
    rows.set(row.sort, copyOf(row));
    partitions.set(row.partition, rows);
  };
  const sorted = (partition: string): Row[] =>
    [...(partitions.get(partition)?.values() ?? [])]
      .filter((row) => live(row) !== null)
      .sort((one, other) => compareKeys(one.sort, other.sort));
  return {
    async put(row) {
      checkRow(row);
      write(row);
    },
    async putIf(row, version) {
      checkRow(row);
      if ((at(row)?.version ?? null) !== version) return false;
      write(row);
      return true;
    },
    async get(key) {
      checkKey(key);
      return at(key);
    },
    async query(range) {
      checkRange(range);
      return cut(sorted(range.partition), range);
    },
    async deleteIf(key, version) {
      checkKey(key);
      if (at(key)?.version !== version) return false;
      partitions.get(key.partition)?.delete(key.sort);
      return true;
    },
    rows: () => [...partitions.keys()].sort(compareKeys).flatMap(sorted),
    restore(rows) {
      partitions.clear();
      for (const row of rows) write(row);
    },
  };
}

function cut(rows: Row[], range: KeyRange): readonly Row[] {
  const within = rows.filter(
    ({ sort }) => compareKeys(sort, range.from) >= 0 && compareKeys(sort, range.to) <= 0,
  );
  if (range.isDescending) within.reverse();
  return within.slice(0, range.limit);
}

/** Only what a row has: a store keeps nothing else of an object that it is given. */
function copyOf({ partition, sort, body, version, expiresAt }: Row): Row {
  return Object.freeze({ partition, sort, body, version, expiresAt });
}
