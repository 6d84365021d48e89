/** The byte loops over access logs: everything else follows from the few lines they point at. */
import type { StatusAnchor } from '../../../core/parse/log-format.ts';

/** Where a line starts in the chunk, and its 1-based number in it. */
export type LineAt = { readonly start: number; readonly line: number };

export type Scan = {
  readonly lines: number;
  /** Lines that may be failures, and lines without a readable status. */
  readonly odd: readonly LineAt[];
};

const NEWLINE = 10;
const QUOTE = 34;
const ZERO = 48;

/** Statuses whose lines are looked at closely. */
const IS_ODD = new Uint8Array(1000);
for (const status of [0, 9, 500, 502, 504]) IS_ODD[status] = 1;

/** Counts the statuses of a chunk of whole lines into `statuses`. */
export function scanStatuses(chunk: Buffer, anchor: StatusAnchor, statuses: Float64Array): Scan {
  const find = statusFinder(anchor);
  const odd: LineAt[] = [];
  const length = chunk.length;
  let lines = 0;
  let start = 0;
  while (start < length) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? length : newline;
    lines++;
    const status = find(chunk, start, end);
    if (status >= 0) statuses[status] = (statuses[status] as number) + 1;
    if (status < 0 ? end > start : IS_ODD[status] === 1) odd.push({ start, line: lines });
    start = end + 1;
  }
  return { lines, odd };
}

/** The status of the line from `start` to `end`, or -1. */
type FindStatus = (chunk: Buffer, start: number, end: number) => number;

function statusFinder(anchor: StatusAnchor): FindStatus {
  if ('quotes' in anchor) {
    const { quotes, skip } = anchor;
    return (chunk, start, end) =>
      statusAt(chunk, afterQuotes(chunk, start, end, quotes) + skip, end);
  }
  const needle = Buffer.from(anchor.needle, 'latin1');
  return (chunk, start, end) => {
    const found = chunk.subarray(start, end).indexOf(needle);
    return found < 0
      ? -1
      : statusAt(chunk, skipToDigit(chunk, start + found + needle.length, end), end);
  };
}

function afterQuotes(chunk: Buffer, start: number, end: number, quotes: number): number {
  let at = start;
  for (let left = quotes; left > 0; left--) {
    while (at < end && chunk[at] !== QUOTE) at++;
    at++;
  }
  return at;
}

/** JSON writers differ in a space and a quote before the number. */
function skipToDigit(chunk: Buffer, at: number, end: number): number {
  let index = at;
  while (index < end && index < at + 3 && !isDigit(chunk[index])) index++;
  return index;
}

/** Three digits and no fourth, or -1. */
function statusAt(chunk: Buffer, at: number, end: number): number {
  if (at + 3 > end) return -1;
  const hundreds = (chunk[at] as number) - ZERO;
  const tens = (chunk[at + 1] as number) - ZERO;
  const ones = (chunk[at + 2] as number) - ZERO;
  if ((hundreds | tens | ones) < 0 || hundreds > 9 || tens > 9 || ones > 9) return -1;
  if (at + 3 < end && isDigit(chunk[at + 3])) return -1;
  return hundreds * 100 + tens * 10 + ones;
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= ZERO && code <= ZERO + 9;
}

const HIDDEN = ['502, ', '504, ', '502 : ', '504 : '];

/**
 * Lines whose list of upstream statuses may show a failed try before a successful one: they hold `502, ` or the
 * like somewhere. Lines in `known` are left out.
 */
export function findHiddenFailures(chunk: Buffer, known: readonly LineAt[]): LineAt[] {
  const starts = new Set<number>();
  for (const needle of HIDDEN) {
    let at = chunk.indexOf(needle, 0, 'latin1');
    while (at >= 0) {
      starts.add(chunk.lastIndexOf(NEWLINE, at) + 1);
      const end = chunk.indexOf(NEWLINE, at);
      at = end < 0 ? -1 : chunk.indexOf(needle, end, 'latin1');
    }
  }
  for (const { start } of known) starts.delete(start);
  return numbered(
    chunk,
    [...starts].sort((a, b) => a - b),
  );
}

function numbered(chunk: Buffer, starts: readonly number[]): LineAt[] {
  const result: LineAt[] = [];
  let line = 1;
  let position = 0;
  for (const start of starts) {
    let newline = chunk.indexOf(NEWLINE, position);
    while (newline >= 0 && newline < start) {
      line++;
      position = newline + 1;
      newline = chunk.indexOf(NEWLINE, position);
    }
    result.push({ start, line });
  }
  return result;
}
