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
  /** Removes what has expired, which nobody sees any more, and what is too much. */
  vacuumExpired(): void;
};

export type MemoryTableOptions = {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Of all bodies together, about; beyond it the rows go that expire first. */
  readonly mostCharacters?: number;
  /** Whether a row may go before it expires. */
  readonly mayGo?: (row: Row) => boolean;
};

type Partition = {
  readonly rows: Map<string, Row>;
  /** Sort keys in order; `null`: a key came or went since. */
  order: string[] | null;
};

export function memoryTable(options: MemoryTableOptions): MemoryTable {
  const { clock } = options;
  const partitions = new Map<string, Partition>();
  const isLive = (row: Row | undefined): row is Row => row !== undefined && row.expiresAt > clock();
  const at = ({ partition, sort }: RowKey): Row | null => {
    const row = partitions.get(partition)?.rows.get(sort);
    return isLive(row) ? row : null;
  };
  const write = (row: Row): void => add(partitions, copyOf(row));
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
      for (const row of allRows(partitions)) if (!isLive(row)) remove(partitions, row);
      dropTooMuch(partitions, options);
    },
  };
}

function allRows(partitions: ReadonlyMap<string, Partition>): Row[] {
  return [...partitions.values()].flatMap(({ rows }) => [...rows.values()]);
}

function dropTooMuch(
  partitions: Map<string, Partition>,
  { mostCharacters = Number.POSITIVE_INFINITY, mayGo = () => true }: MemoryTableOptions,
): void {
  const rows = allRows(partitions);
  let characters = rows.reduce((sum, { body }) => sum + body.length, 0);
  if (characters <= mostCharacters) return;
  const candidates = rows.filter(mayGo);
  for (const row of candidates.sort((a, b) => a.expiresAt - b.expiresAt)) {
    if (characters <= mostCharacters) return;
    remove(partitions, row);
    characters -= row.body.length;
  }
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
