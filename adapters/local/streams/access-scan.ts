/** The loops over access logs: everything else follows from the few lines they point at. */
import type { StatusAnchor } from '../../../core/parse/log-format.ts';
import { forEachWindow } from './log-stream.ts';

/** Where a line starts in the chunk, and its 1-based number in it. */
export type LineAt = { readonly start: number; readonly line: number };

export type Scan = {
  readonly lines: number;
  /** Lines that may be failures, and lines without a readable status. */
  readonly odd: readonly LineAt[];
};

const NEWLINE = 10;
const ZERO = 48;

/** Statuses whose lines are looked at closely. */
const IS_ODD = new Uint8Array(1000);
for (const status of [0, 9, 500, 502, 504]) IS_ODD[status] = 1;

/** Counts the statuses of a chunk of whole lines into `statuses`. */
export function scanStatuses(chunk: Buffer, anchor: StatusAnchor, statuses: Float64Array): Scan {
  const find = statusFinder(anchor);
  const odd: LineAt[] = [];
  let lines = 0;
  forEachWindow(chunk, (text, offset) => {
    const window: Window = { text, found: -1 };
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      lines++;
      const status = find(window, start, end);
      if (status >= 0) statuses[status] = (statuses[status] as number) + 1;
      const isOdd = status < 0 ? end > start : IS_ODD[status] === 1;
      if (isOdd) odd.push({ start: offset + start, line: lines });
      start = end + 1;
    }
  });
  return { lines, odd };
}

/** Whole lines as one string, twice as fast to search as bytes are. */
type Window = {
  readonly text: string;
  /**
   * What was last searched for was found here. It may stand in a later line, which then does not search for it again:
   * no line searches on from behind its own end.
   */
  found: number;
};

/** The status of the line from `start` to `end`, or -1. */
type FindStatus = (window: Window, start: number, end: number) => number;

function statusFinder(anchor: StatusAnchor): FindStatus {
  if ('quotes' in anchor) {
    const { quotes, skip } = anchor;
    return (window, start, end) =>
      statusAt(window.text, afterQuotes(window, start, end, quotes) + skip, end);
  }
  const { needle } = anchor;
  return (window, start, end) => {
    const at = findFrom(window, needle, start) + needle.length;
    return at > end ? -1 : statusAt(window.text, skipToDigit(window.text, at, end), end);
  };
}

/** The index after the quotes that follow `start`, past `end` when there are not as many. */
function afterQuotes(window: Window, start: number, end: number, quotes: number): number {
  let at = start;
  for (let left = quotes; left > 0 && at <= end; left--) at = findFrom(window, '"', at) + 1;
  return at;
}

/** Where the next `needle` is, at `from` or later; Infinity when there is none. */
function findFrom(window: Window, needle: string, from: number): number {
  if (window.found >= from) return window.found;
  const found = window.text.indexOf(needle, from);
  window.found = found < 0 ? Number.POSITIVE_INFINITY : found;
  return window.found;
}

/** JSON writers differ in a space and a quote before the number. */
function skipToDigit(text: string, at: number, end: number): number {
  let index = at;
  while (index < end && index < at + 3 && !isDigit(text.charCodeAt(index))) index++;
  return index;
}

/** Three digits and no fourth, or -1. */
function statusAt(text: string, at: number, end: number): number {
  if (at + 3 > end) return -1;
  const hundreds = text.charCodeAt(at) - ZERO;
  const tens = text.charCodeAt(at + 1) - ZERO;
  const ones = text.charCodeAt(at + 2) - ZERO;
  if ((hundreds | tens | ones) < 0 || hundreds > 9 || tens > 9 || ones > 9) return -1;
  if (at + 3 < end && isDigit(text.charCodeAt(at + 3))) return -1;
  return hundreds * 100 + tens * 10 + ones;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
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
