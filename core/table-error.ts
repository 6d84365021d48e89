import { AppError } from './errors.ts';

/** Why a table did not do what it was asked; the same codes whatever the store. */
export type TableErrorCode =
  /** Body or key larger than every store takes. Nothing was written. */
  | 'RowTooLarge'
  /** Key, version or expiry that not every store can hold. Nothing was written. */
  | 'RowInvalid'
  /** What is stored is no row: written by something else, or damaged. */
  | 'RowUnreadable'
  /** More requests than the table's capacity. */
  | 'TableThrottled'
  /** No answer, an answer too late, or a failure inside the store. */
  | 'TableUnavailable'
  | 'TableMissing'
  | 'TableDenied'
  /** The store takes the request for wrong: its schema is another, or this code has a bug. */
  | 'TableRefused';

const TEMPORARY: ReadonlySet<TableErrorCode> = new Set(['TableThrottled', 'TableUnavailable']);

const HINTS: Readonly<Record<TableErrorCode, string>> = {
  RowTooLarge: 'keep fewer samples in a record, or split it',
  RowInvalid: 'this is a bug in badgateway: please report it',
  RowUnreadable: 'something else wrote to the table; delete that row',
  TableThrottled: 'wait and try again; when it lasts, look at the throttled requests of the table',
  TableUnavailable: 'try again',
  TableMissing: 'deploy the stack first, and use the region that it is in',
  TableDenied: 'grant that action on the table to the role in use',
  TableRefused: 'the table must be the one that badgateway made',
};

/** What every method of a `Table` throws. Holds keys and names, never a row's body. */
export class TableError extends AppError {
  declare readonly code: TableErrorCode;
  /** The same request may succeed later. It may have had its effect already, see `Table`. */
  readonly isTemporary: boolean;

  constructor(
    code: TableErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, { hint: options.hint ?? HINTS[code], cause: options.cause });
    this.name = 'TableError';
    this.isTemporary = TEMPORARY.has(code);
  }
}
