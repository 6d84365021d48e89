/** The zone of the times of one host that do not say theirs: NGINX's error log, syslog, old Gunicorns. */
import { offsetBetween, offsetOf, ZoneFinder } from '../../core/zone.ts';

/** A line that was written just now is at most this old, or its zone cannot be told by it. */
const SLACK_MS = 30_000;
const MAX_OFFSET_MS = 14 * 3_600_000;
/** Further than this from now, a line that was written just now was written in another zone: summer time began. */
const FAR_MS = 600_000;

export class WatchZone {
  readonly finder = new ZoneFinder();
  readonly #given: string | null;
  #offsetMs: number | null = null;

  /** `given`: an IANA name or an offset; `null`: found out. */
  constructor(given: string | null) {
    this.#given = given;
    // Here and not with the first line that needs it.
    if (given !== null) offsetOf(given, 0);
  }

  /** Local time minus UTC, milliseconds; `null`: not known. */
  get offsetMs(): number | null {
    return this.#offsetMs;
  }

  /** What an earlier run knew. */
  resume(offsetMs: number | null): void {
    this.#offsetMs ??= offsetMs;
  }

  /** Takes what the finder found in the lines that are there, unless the zone is known. */
  settle(): void {
    if (this.#offsetMs !== null) return;
    const { offsetMs, basis } = this.finder.zone();
    if (basis !== 'assumed') this.#offsetMs = offsetMs;
  }

  /**
   * A wall-clock time (read as UTC) as epoch milliseconds. `nowMs`, where the line was written just now, is what the
   * zone is told by when nothing else told it; else it is UTC.
   */
  utc(localMs: number, nowMs: number | null): number {
    if (this.#given !== null) return localMs - offsetOf(this.#given, localMs);
    if (nowMs !== null && this.#isNews(localMs, nowMs)) {
      this.#offsetMs = offsetBetween(localMs, nowMs);
    }
    return localMs - (this.#offsetMs ?? 0);
  }

  #isNews(localMs: number, nowMs: number): boolean {
    const isKnown = this.#offsetMs !== null;
    if (isKnown && Math.abs(localMs - (this.#offsetMs ?? 0) - nowMs) < FAR_MS) return false;
    const offset = offsetBetween(localMs, nowMs);
    return Math.abs(offset) <= MAX_OFFSET_MS && Math.abs(localMs - nowMs - offset) <= SLACK_MS;
  }
}
