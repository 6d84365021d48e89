/**
 * The store that badgateway needs: rows under a partition and a sort key, read one by one or by a range of sort
 * keys. DynamoDB on AWS, SQLite on one machine, memory in tests; `test/contract/table.ts` holds them to this.
 */
import { TableError } from './table-error.ts';

export type RowKey = {
  readonly partition: string;
  /** Compared byte by byte, as UTF-8. */
  readonly sort: string;
};

export type Row = RowKey & {
  /** JSON text. At most `MAX_BODY_BYTES` of UTF-8. */
  readonly body: string;
  /**
   * Changes whenever the row does; for `putIf` and `deleteIf`. No two writes of a key choose the same one, unless
   * they are one write repeated: by it a store whose reply was lost knows its own write again.
   */
  readonly version: string;
  /** From then on the row is as if it were not there, epoch milliseconds, whole seconds. */
  readonly expiresAt: number;
};

/** Part of a partition: sort keys from `from` to `to`, both included. Empty when `to` comes before `from`. */
export type KeyRange = {
  readonly partition: string;
  readonly from: string;
  readonly to: string;
  /** Rows at the most, expired ones not counted; all by default. */
  readonly limit?: number;
  /** From the last to the first. */
  readonly isDescending?: boolean;
};

/**
 * All reads are consistent: what was put is read. Every method may throw `TableError`; a method that threw may or
 * may not have had its effect, so callers must be able to repeat it.
 */
export type Table = {
  /** Writes the row, whatever is there. */
  put(row: Row): Promise<void>;
  /** Writes the row if the one that is there has this version, `null`: if none is there. False: it was not written. */
  putIf(row: Row, version: string | null): Promise<boolean>;
  get(key: RowKey): Promise<Row | null>;
  /** All rows of a range in order, however many pages the store needs. */
  query(range: KeyRange): Promise<readonly Row[]>;
  /** Deletes the row if it has this version. False: it is another one, or gone. */
  deleteIf(key: RowKey, version: string): Promise<boolean>;
};

/** Of a row's body, UTF-8. DynamoDB's items have at most 400 KB, keys included; a body that cannot be compressed must fit. */
export const MAX_BODY_BYTES = 380_000;

/** Of a partition key, UTF-8 (DynamoDB's limit). */
const MAX_PARTITION_BYTES = 2_048;
/** Of a sort key, UTF-8 (DynamoDB's limit). */
const MAX_SORT_BYTES = 1_024;
const MAX_VERSION_BYTES = 1_024;

/** Half of a surrogate pair: it has no UTF-8, so that stores would keep something else. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The greatest sort key that begins with `prefix`, for the end of a range. Keys must not hold U+10FFFF themselves. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}

/** Throws `TableError` for a row that not every store would give back as it was. Stores call it before they write. */
export function checkRow(row: Row): void {
  checkKey(row);
  checkText(row, 'version', row.version, MAX_VERSION_BYTES);
  checkText(row, 'body', row.body, MAX_BODY_BYTES);
  if (!Number.isSafeInteger(row.expiresAt / 1_000) || row.expiresAt <= 0)
    throw invalid(row, `expires at ${row.expiresAt}, which is no whole second`);
}

/** Throws `TableError` for a key that not every store can have. */
export function checkKey(key: RowKey): void {
  if (key.partition === '' || key.sort === '') throw invalid(key, 'has an empty key');
  checkText(key, 'partition', key.partition, MAX_PARTITION_BYTES);
  checkText(key, 'sort key', key.sort, MAX_SORT_BYTES);
}

/** Throws `TableError` for a range that not every store can look for; its ends may be empty. */
export function checkRange(range: KeyRange): void {
  checkKey({ partition: range.partition, sort: range.from || '-' });
  checkKey({ partition: range.partition, sort: range.to || '-' });
}

/**
 * Order of two keys as UTF-8 bytes: negative, zero or positive. It is that of code points, while JavaScript
 * compares UTF-16 units, where those of astral characters (D800–DFFF) come before U+E000–U+FFFF.
 */
export function compareKeys(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) {
    const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return one.length - other.length;
}

function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function checkText(key: RowKey, what: string, text: string, maxBytes: number): void {
  if (LONE_SURROGATE.test(text)) throw invalid(key, `has a ${what} that is no Unicode text`);
  if (!isLonger(text, maxBytes)) return;
  throw new TableError(
    'RowTooLarge',
    `row ${nameOf(key)} has a ${what} of more than ${maxBytes} bytes`,
  );
}

/** Whether a text has more bytes in UTF-8, where a UTF-16 unit is one to three: most need no encoding to be measured. */
export function isLonger(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes;
}

function invalid(key: RowKey, problem: string): TableError {
  return new TableError('RowInvalid', `row ${nameOf(key)} ${problem}`);
}

/** Short, and printable whatever the key holds. */
function nameOf(key: RowKey): string {
  return JSON.stringify(`${key.partition.slice(0, 100)} / ${key.sort.slice(0, 100)}`);
}
