/** The failures of a stretch of minutes by cause, as the rules want to see them. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { CauseRollup } from '../diagnose/rollup.ts';
import { MINUTE_MS } from '../records/keys.ts';
import type { RollupRecord } from '../records/rollup-record.ts';

/** What one cause did in each minute with failures, in order of time. */
type CauseMinutes = ReadonlyMap<number, CauseRollup>;
export type Counts = ReadonlyMap<CauseId, CauseMinutes>;

/** By epoch minute. */
export type Minutes = ReadonlyMap<number, RollupRecord>;

export function countsOf(minutes: Minutes): Counts {
  const counts = new Map<CauseId, Map<number, CauseRollup>>();
  for (const [minute, { rollup }] of [...minutes].sort(([a], [b]) => a - b)) {
    for (const [cause, entry] of rollup) {
      if (entry.failures === 0) continue;
      const known = counts.get(cause) ?? new Map<number, CauseRollup>();
      counts.set(cause, known.set(minute, entry));
    }
  }
  return counts;
}

const NONE: CauseMinutes = new Map();

export function minutesOf(counts: Counts, cause: CauseId): CauseMinutes {
  return counts.get(cause) ?? NONE;
}

export function failuresIn(counts: Counts, cause: CauseId, minute: number): number {
  return counts.get(cause)?.get(minute)?.failures ?? 0;
}

export function minuteAt(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

/** First failure of a minute; what was seen besides failures may have been earlier. */
export function firstIn(entry: CauseRollup, minute: number): number {
  return Math.max(entry.firstSeen, minute * MINUTE_MS);
}

/** Hosts with failures, of entries of some minutes. */
export function hostsIn(entries: Iterable<CauseRollup>): Set<string> {
  const hosts = new Set<string>();
  for (const entry of entries) {
    for (const [host, failures] of entry.hosts.counts) if (failures > 0) hosts.add(host);
  }
  return hosts;
}
