import type { Envelope } from '../../../core/parse/envelope.ts';
import { wallTimeMs } from '../../../core/parse/wall-time.ts';

/** What one log's times without a zone, a year or anything at all are taken for: what the host's others tell. */
export type HostClock = {
  /** Local time minus UTC, milliseconds. */
  readonly localOffsetMs: number;
  /** A time the logs are near, epoch milliseconds. */
  readonly undatedAt: number;
};

/** When a wrapper says its line was written, epoch milliseconds; `null` when there is none, or it does not say. */
export function wrapperTime(envelope: Envelope, clock: HostClock): number | null {
  if (envelope.at !== null || envelope.time === null) return envelope.at;
  return wallTimeMs(envelope.time, clock.undatedAt) - clock.localOffsetMs;
}
