/** All requests of the watched access logs by minute: what a share of failures is a share of. */
import type { RequestCounts } from '../../core/incident/opening-rule.ts';
import { MINUTE_MS } from '../../core/records/keys.ts';
import type { LineBatch } from './watch-intake.ts';

/** A day and a bit: longer than any window that is looked at. */
const MOST_MINUTES = 26 * 60;

export class RequestCounter {
  readonly #counts = new Map<number, number>();
  readonly #mostMinutes: number;
  /** Since when every request is known. */
  #fromMinute: number;

  constructor(startMs: number, mostMinutes = MOST_MINUTES) {
    this.#fromMinute = Math.floor(startMs / MINUTE_MS);
    this.#mostMinutes = mostMinutes;
  }

  /** To be called once for each batch. Lines that are no requests are few. */
  add({ role, lines }: LineBatch): void {
    if (role !== 'access') return;
    for (const { at } of lines) {
      const minute = Math.floor(at / MINUTE_MS);
      this.#counts.set(minute, (this.#counts.get(minute) ?? 0) + 1);
    }
    this.#forgetOldest();
  }

  /** Requests by minute, both ends included; `null`: there was no access log. A minute that is not there is not known. */
  counts(from: number, to: number): RequestCounts | null {
    if (this.#counts.size === 0) return null;
    const known = new Map<number, number>();
    for (let minute = from; minute <= to; minute++) {
      const count = this.#counts.get(minute) ?? (minute >= this.#fromMinute ? 0 : undefined);
      if (count !== undefined) known.set(minute, count);
    }
    return known;
  }

  #forgetOldest(): void {
    if (this.#counts.size <= this.#mostMinutes) return;
    const minutes = [...this.#counts.keys()].sort((a, b) => a - b);
    for (const minute of minutes.slice(0, minutes.length - this.#mostMinutes)) {
      this.#counts.delete(minute);
      this.#fromMinute = Math.max(this.#fromMinute, minute + 1);
    }
  }
}
