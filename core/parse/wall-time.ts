import type { WallTime } from './envelope.ts';

const HALF_YEAR_MS = 183 * 86_400_000;

/**
 * A wall clock as epoch milliseconds, read as if it were UTC. syslog writes no year: the one that brings the
 * time nearest to `nearMs` (epoch milliseconds, a time the same log is known to be near) is taken.
 */
export function wallTimeMs(time: WallTime, nearMs: number): number {
  const at = (year: number) =>
    Date.UTC(year, time.month - 1, time.day, time.hour, time.minute, time.second);
  if (time.year !== null) return at(time.year);
  const guess = at(new Date(nearMs).getUTCFullYear());
  if (guess - nearMs > HALF_YEAR_MS) return at(new Date(nearMs).getUTCFullYear() - 1);
  if (nearMs - guess > HALF_YEAR_MS) return at(new Date(nearMs).getUTCFullYear() + 1);
  return guess;
}
