/** A question about counted failures, and its answer, `badgateway/query@1`. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Every } from './time-buckets.ts';

/** What failures can be grouped by. */
export const DIMENSIONS = [
  'time',
  'service',
  'cause',
  'host',
  'route',
  'upstream',
  'status',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Only failures of these; what is not given does not matter. */
type QueryFilters = {
  readonly cause?: CauseId | undefined;
  readonly host?: string | undefined;
  readonly route?: string | undefined;
  readonly upstream?: string | undefined;
  readonly status?: string | undefined;
};

export type Query = {
  readonly services: readonly string[];
  /** Epoch milliseconds; from the first, and before the second. */
  readonly fromMs: number;
  readonly toMs: number;
  /** In the order of the answer's columns. */
  readonly by: readonly Dimension[];
  /** Length of a time; chosen from the range when it is `null`. */
  readonly every: Every | null;
  /** Zone that days and months are of: an IANA name or an offset. */
  readonly timeZone: string;
  readonly filters: QueryFilters;
  /** Groups told apart, times not counted; the others are one row. `null`: all. */
  readonly limit: number | null;
};

/** One group. Of times it says when they begin; `null` is what no log tells. */
export type QueryRow = {
  readonly time?: string;
  readonly service?: string | null;
  readonly cause?: CauseId | null;
  readonly host?: string | null;
  readonly route?: string | null;
  readonly upstream?: string | null;
  readonly status?: string | null;
  readonly failures: number;
  /** Not there, or: it stands for all groups that are not told apart. */
  readonly isOther?: true;
};

export const QUERY_SCHEMA = 'badgateway/query@1';

export type QueryResult = {
  readonly schema: typeof QUERY_SCHEMA;
  readonly services: readonly string[];
  /** ISO 8601; what was counted, which may be more than was asked for: see `notes`. */
  readonly from: string;
  readonly to: string;
  readonly by: readonly Dimension[];
  /** `null` without times. */
  readonly every: Every | null;
  readonly timeZone: string;
  /** By time, then with the most failures first. */
  readonly rows: readonly QueryRow[];
  /** Client-visible failures, of which the rows' are the sum. */
  readonly failures: number;
  /** Groups that one of the rows stands for, beyond the limit. */
  readonly otherGroups: number;
  /** What a reader must know, a sentence each. */
  readonly notes: readonly string[];
};
