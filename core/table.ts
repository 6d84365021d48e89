/**
 * The store that badgateway needs: rows under a partition and a sort key, read one by one or by a range of sort
 * keys. DynamoDB on AWS, SQLite on one machine, memory in tests; `test/contract/table.ts` holds them to this.
 */
export type RowKey = {
  readonly partition: string;
  /** Compared byte by byte, as UTF-8. */
  readonly sort: string;
};

export type Row = RowKey & {
  /** JSON text. At most `MAX_BODY_BYTES` of UTF-8. */
  readonly body: string;
  /** Changes whenever the row does; for `putIf` and `deleteIf`. */
  readonly version: string;
  /** From then on the row is as if it were not there, epoch milliseconds, whole seconds. */
  readonly expiresAt: number;
};

/** Part of a partition: sort keys from `from` to `to`, both included. */
export type KeyRange = {
  readonly partition: string;
  readonly from: string;
  readonly to: string;
  /** Rows at the most; all by default. */
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

/** The greatest sort key that begins with `prefix`, for the end of a range. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
