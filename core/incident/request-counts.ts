/** How many requests a service had by minute, as far as it can be known from a metric that comes late. */
import { MINUTE_MS } from '../records/keys.ts';
import type { Minutes } from './counts.ts';
import type { RequestCounts } from './opening-rule.ts';

/** A minute of the request metric and its value. */
export type RequestPoint = { readonly minute: number; readonly requests: number };

/**
 * After its end a minute's requests still come in: hosts send their lines every few seconds, and the metric filter
 * counts them later still. Before that a share would be too high.
 */
const SETTLES_MS = 2 * MINUTE_MS;

/**
 * The requests of the minutes that are over. A minute between two others that has no point had no line and so no
 * request; before the first point and after the last one nothing is known.
 */
export function requestCountsOf(points: readonly RequestPoint[], nowMs: number): RequestCounts {
  const settled = points.filter(({ minute }) => (minute + 1) * MINUTE_MS + SETTLES_MS <= nowMs);
  const counts = new Map<number, number>();
  const minutes = settled.map(({ minute }) => minute);
  const [first, last] = [Math.min(...minutes), Math.max(...minutes)];
  for (let minute = first; minute <= last && settled.length > 0; minute++) counts.set(minute, 0);
  for (const { minute, requests } of settled) counts.set(minute, Math.round(requests));
  return counts;
}

/** Without the minutes in which more failed than was counted: their lines were not counted, or not yet. */
export function plausibleCounts(counts: RequestCounts, minutes: Minutes): RequestCounts {
  return new Map([...counts].filter(([minute, count]) => failuresOf(minutes, minute) <= count));
}

function failuresOf(minutes: Minutes, minute: number): number {
  const entries = minutes.get(minute)?.rollup.values() ?? [];
  return [...entries].reduce((sum, { failures }) => sum + failures, 0);
}
