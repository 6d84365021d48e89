/** Minutes, hours, days and months of a zone. */
import { offsetOfZone } from '../zone.ts';

/** Lengths of a time, shortest first; `1mo`: a month. */
export const EVERY = ['1m', '1h', '1d', '1mo'] as const;
export type Every = (typeof EVERY)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The longest ranges that are still shown by the minute, the hour and the day. */
const LONGEST: readonly (readonly [Every, number])[] = [
  ['1m', 3 * HOUR_MS],
  ['1h', 4 * DAY_MS],
  ['1d', 124 * DAY_MS],
];

/** A length that gives a range some dozens of times. */
export function everyOf(rangeMs: number): Every {
  return LONGEST.find(([, longest]) => rangeMs <= longest)?.[0] ?? '1mo';
}

/** Gives the start of the time that an instant is in; both epoch milliseconds. Remembers, for instants in order. */
export function bucketStarts(every: Every, timeZone: string): (at: number) => number {
  if (every === '1m') return (at) => at - mod(at, MINUTE_MS);
  const memory = new Map<number, number>();
  const offsetAt = (at: number) => {
    // Zones change their offset at whole quarters of an hour.
    const quarter = Math.floor(at / 900_000);
    const known = memory.get(quarter);
    if (known !== undefined) return known;
    const offset = offsetOfZone(timeZone, quarter * 900_000);
    memory.set(quarter, offset);
    return offset;
  };
  return (at) => {
    const local = at + offsetAt(at);
    const start = localStart(local, every);
    // The offset may have been another one when the day or the month began.
    const guess = start - offsetAt(at);
    return start - offsetAt(guess);
  };
}

function localStart(local: number, every: Exclude<Every, '1m'>): number {
  switch (every) {
    case '1h':
      return local - mod(local, HOUR_MS);
    case '1d':
      return local - mod(local, DAY_MS);
    case '1mo': {
      const date = new Date(local);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    }
  }
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
