/** Reads what a range of time counted, by the minute where that is known and asked for, else by the hour. */
import { type CauseCount, decodeCounts } from '../records/count-record.ts';
import {
  countRanges,
  hourOfCount,
  MINUTE_LIFE_MS,
  MINUTE_MS,
  minuteOfRow,
  minuteRanges,
} from '../records/keys.ts';
import { countsOfRollup } from '../records/rollup-record.ts';
import type { KeyRange, Row, Table } from '../table.ts';

const HOUR_MS = 60 * MINUTE_MS;

export type Counted = {
  /** When the minute or the hour began, epoch milliseconds. */
  readonly at: number;
  readonly causes: readonly CauseCount[];
};

/** Epoch milliseconds; from the first, and before the second. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number };

/** The range as it can be read: by whole minutes, and by whole hours where minutes are not kept any more. */
export function readableRange({ fromMs, toMs, nowMs }: TimeRange & { nowMs: number }): TimeRange {
  const oldest = nowMs - MINUTE_LIFE_MS + HOUR_MS;
  return {
    fromMs: floorTo(fromMs, fromMs < oldest ? HOUR_MS : MINUTE_MS),
    toMs: ceilTo(toMs, toMs < oldest ? HOUR_MS : MINUTE_MS),
  };
}

export type ReadCountsOptions = TimeRange & {
  readonly service: string;
  /** By the minute, whatever that costs. */
  readonly isByMinute: boolean;
};

/** Of a readable range: hours where they are whole, minutes at both its ends. */
export async function readCounts(
  table: Table,
  { service, fromMs, toMs, isByMinute }: ReadCountsOptions,
): Promise<Counted[]> {
  const firstHour = isByMinute ? toMs : Math.min(toMs, ceilTo(fromMs, HOUR_MS));
  const lastHour = Math.max(firstHour, floorTo(toMs, HOUR_MS));
  const minutes = [
    ...minutesBetween(service, fromMs, firstHour),
    ...minutesBetween(service, lastHour, toMs),
  ];
  const hours = countRanges(service, firstHour / HOUR_MS, lastHour / HOUR_MS - 1);
  const [minuteRows, hourRows] = await Promise.all([
    queryAll(table, minutes),
    queryAll(table, hours),
  ]);
  return [
    ...minuteRows.map((row) => ({
      at: minuteOfRow(row) * MINUTE_MS,
      causes: countsOfRollup(row.body),
    })),
    ...hourRows.map((row) => ({ at: hourOfCount(row) * HOUR_MS, causes: decodeCounts(row.body) })),
  ];
}

function minutesBetween(service: string, fromMs: number, toMs: number): KeyRange[] {
  return fromMs < toMs ? minuteRanges(service, fromMs / MINUTE_MS, toMs / MINUTE_MS - 1) : [];
}

async function queryAll(table: Table, ranges: readonly KeyRange[]): Promise<Row[]> {
  return (await Promise.all(ranges.map((range) => table.query(range)))).flat();
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

function ceilTo(ms: number, step: number): number {
  return Math.ceil(ms / step) * step;
}
