/** Looking up things in lists that are sorted by time, without reading the lists. */
import type { LineOrigin } from '../model.ts';

type Timed = { readonly at: number };

/** The items from `from` to `to` (epoch milliseconds, both included) of a list sorted by `at`. */
export function between<T extends Timed>(sorted: readonly T[], from: number, to: number): T[] {
  const found: T[] = [];
  for (let index = firstAtOrAfter(sorted, from, atOf); index < sorted.length; index++) {
    const item = sorted[index] as T;
    if (item.at > to) break;
    found.push(item);
  }
  return found;
}

/** Index of the first item whose time is `from` or later, in a list sorted by that time; its length if none. */
export function firstAtOrAfter<T>(
  sorted: readonly T[],
  from: number,
  timeOf: (item: T) => number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(sorted[middle] as T) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Orders lines by time; those of one instant by the log they stand in, and where. */
export function compareLines(a: Line, b: Line): number {
  return a.at - b.at || comparePlaces(a.origin, b.origin);
}

type Line = Timed & { readonly origin: LineOrigin };

function comparePlaces(a: LineOrigin, b: LineOrigin): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.lineNumber - b.lineNumber;
}

function atOf(item: Timed): number {
  return item.at;
}
