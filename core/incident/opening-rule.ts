/** The rule that opens an incident, on failures by minute. */

import { MINUTE_MS } from '../records/keys.ts';
import type { Policy } from './policy.ts';

/** Requests of the service by epoch minute; a minute that is not there is not known. */
export type RequestCounts = ReadonlyMap<number, number>;

/** A share opens nothing with one failure alone: one lost request is no incident, however few there are. */
const MIN_FAILURES_OF_RATE = 2;

/** Windows are counted in whole minutes, at least one. */
export function windowMinutes({ windowMs }: Policy): number {
  return Math.max(1, Math.round(windowMs / MINUTE_MS));
}

/**
 * The first minute with failures in the earliest window that passes the rule; `null` when none does. `failures` are
 * by epoch minute.
 */
export function firstBurst(
  failures: ReadonlyMap<number, number>,
  policy: Policy,
  requests: RequestCounts | null,
): number | null {
  const length = windowMinutes(policy);
  const failing = [...failures].filter(([, count]) => count > 0).map(([minute]) => minute);
  const starts = new Set<number>();
  for (const minute of failing) {
    for (let back = 0; back < length; back++) starts.add(minute - back);
  }
  for (const start of [...starts].sort((a, b) => a - b)) {
    const window = { start, length };
    if (!passes(sumOf(failures, window) ?? 0, requests && sumAll(requests, window), policy))
      continue;
    return failing.filter((minute) => minute >= start).sort((a, b) => a - b)[0] ?? null;
  }
  return null;
}

/** Most failures of any window, for people who choose a number. */
export function mostInWindow(failures: ReadonlyMap<number, number>, policy: Policy): number {
  const length = windowMinutes(policy);
  return Math.max(0, ...[...failures.keys()].map((start) => sumOf(failures, { start, length })));
}

function passes(failures: number, requests: number | null, policy: Policy): boolean {
  if (failures >= policy.minFailures) return failures > 0;
  if (requests === null || requests < policy.minRequests || requests <= 0) return false;
  return failures >= MIN_FAILURES_OF_RATE && failures / requests >= policy.minRate;
}

type Window = { readonly start: number; readonly length: number };

function sumOf(counts: ReadonlyMap<number, number>, { start, length }: Window): number {
  let sum = 0;
  for (let minute = start; minute < start + length; minute++) sum += counts.get(minute) ?? 0;
  return sum;
}

/** `null` when a minute is not known: a share of less than all requests would be too high. */
export function sumAll(counts: RequestCounts, { start, length }: Window): number | null {
  let sum = 0;
  for (let minute = start; minute < start + length; minute++) {
    const count = counts.get(minute);
    if (count === undefined) return null;
    sum += count;
  }
  return sum;
}
