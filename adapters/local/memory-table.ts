/** A table that is gone with the process: for `watch` without a store, and wherever Node has no SQLite. */
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

export type MemoryTable = Table & {
  /** Removes what has expired, which nobody sees any more. */
  vacuumExpired(): void;
};

export type MemoryTableOptions = {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** How long a row of a partition lives at the most after it was written, so that memory stays bounded. */
  readonly longestLifeMs?: (partition: string) => number;
};

type Partition = {
  readonly rows: Map<string, Row>;
  /** Sort keys in order; `null`: a key came or went since. */
  order: string[] | null;
};

export function memoryTable({ clock, longestLifeMs }: MemoryTableOptions): MemoryTable {
  const partitions = new Map<string, Partition>();
  const isLive = (row: Row | undefined): row is Row => row !== undefined && row.expiresAt > clock();
  const at = ({ partition, sort }: RowKey): Row | null => {
    const row = partitions.get(partition)?.rows.get(sort);
    return isLive(row) ? row : null;
  };
  const write = (row: Row): void => {
    const latest = clock() + (longestLifeMs?.(row.partition) ?? Number.POSITIVE_INFINITY);
    add(partitions, { ...copyOf(row), expiresAt: Math.min(row.expiresAt, latest) });
  };
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
      const partition = partitions.get(range.partition);
      return partition ? within(partition, range).filter(isLive).slice(0, range.limit) : [];
    },
    async deleteIf(key, version) {
      checkKey(key);
      if (at(key)?.version !== version) return false;
      remove(partitions, key);
      return true;
    },
    vacuumExpired() {
      for (const { rows } of [...partitions.values()]) {
        for (const row of [...rows.values()]) if (!isLive(row)) remove(partitions, row);
      }
    },
  };
}

function add(partitions: Map<string, Partition>, row: Row): void {
  const partition = partitions.get(row.partition) ?? { rows: new Map(), order: null };
  if (!partition.rows.has(row.sort)) partition.order = null;
  partition.rows.set(row.sort, Object.freeze(row));
  partitions.set(row.partition, partition);
}

function remove(partitions: Map<string, Partition>, { partition, sort }: RowKey): void {
  const found = partitions.get(partition);
  if (!found?.rows.delete(sort)) return;
  found.order = null;
  if (found.rows.size === 0) partitions.delete(partition);
}

function within(partition: Partition, range: KeyRange): Row[] {
  partition.order ??= [...partition.rows.keys()].sort(compareKeys);
  const { order, rows } = partition;
  const first = lowerBound(order, (key) => compareKeys(key, range.from) >= 0);
  const end = lowerBound(order, (key) => compareKeys(key, range.to) > 0);
  const keys = order.slice(first, Math.max(first, end));
  if (range.isDescending) keys.reverse();
  return keys.map((key) => rows.get(key)).filter((row) => row !== undefined);
}

/** Index of the first key that is so; all after it are. */
function lowerBound(keys: readonly string[], isSo: (key: string) => boolean): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(keys[middle] ?? '')) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Only what a row has: a store keeps nothing else of an object that it is given. */
function copyOf({ partition, sort, body, version, expiresAt }: Row): Row {
  return { partition, sort, body, version, expiresAt };
}
