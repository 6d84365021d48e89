/**
 * The time zone of an NGINX error log: its lines have none (`ngx_cached_err_log_time`, core/ngx_times.c).
 *
 * The same NGINX writes `$time_local` with the offset of the same clock, so an access log's offset is the first
 * guess. Pairs of lines about one request confirm or correct it.
 */
import type { UpstreamError } from './model.ts';

/** How the offset was found, for the sentence people read. */
type ZoneBasis = 'given' | 'paired' | 'access' | 'gunicorn' | 'assumed';

export type Zone = {
  /** Local time minus UTC, milliseconds: 19,800,000 for +05:30. */
  readonly offsetMs: number;
  readonly basis: ZoneBasis;
};

/** The offset that brings a wall clock (read as UTC) nearest to a time that is certain, whole quarters of an hour. */
export function offsetBetween(localMs: number, at: number): number {
  return Math.round((localMs - at) / QUARTER_MS) * QUARTER_MS;
}

/** All zones in use are whole quarters of an hour from UTC. */
const QUARTER_MS = 900_000;
const MAX_OFFSET_MS = 14 * 3_600_000;
/** An error line and the access line of its request are logged within this time. */
const PAIR_SLACK_MS = 2_000;
/** Pairs that settle it. */
const ENOUGH_PAIRS = 5;
const KEPT_SAMPLES = 500;

export class ZoneFinder {
  readonly #localTimes = new Map<string, number[]>();
  readonly #pairs = new Map<number, number>();
  readonly #requestTimes = new Map<string, number[]>();
  #samples = 0;
  #requests = 0;
  #hint: Zone = { offsetMs: 0, basis: 'assumed' };

  /** An error line with its time as written (`at` read as UTC). */
  addError(error: UpstreamError): void {
    if (this.#samples >= KEPT_SAMPLES || error.request === null) return;
    this.#samples++;
    const times = this.#localTimes.get(error.request);
    if (times) times.push(error.at);
    else this.#localTimes.set(error.request, [error.at]);
    for (const at of this.#requestTimes.get(error.request) ?? []) this.#addPair(error.at - at);
  }

  /** A failed request of the access log, whose time is certain. */
  addRequest(request: string | null, at: number): void {
    if (request === null) return;
    this.#rememberRequest(request, at);
    const times = this.#localTimes.get(request);
    for (const localMs of times?.slice(0, 20) ?? []) this.#addPair(localMs - at);
  }

  /** The offset another log of the same host was written with. */
  addHint(offsetMs: number, basis: 'access' | 'gunicorn'): void {
    if (this.#hint.basis !== 'access') this.#hint = { offsetMs, basis };
  }

  /** True when more lines would not change the answer. */
  isSettled(): boolean {
    if (this.#samples === 0) return true;
    const [first = 0, second = 0] = [...this.#pairs.values()].sort((a, b) => b - a);
    return first >= ENOUGH_PAIRS && first >= 2 * second;
  }

  /** The offset that pairs of lines show, when they contradict `offsetMs`; else `null`. */
  contradiction(offsetMs: number): number | null {
    if ((this.#pairs.get(offsetMs) ?? 0) > 0) return null;
    const best = [...this.#pairs].sort((a, b) => b[1] - a[1])[0];
    return best?.[0] ?? null;
  }

  zone(): Zone {
    const best = [...this.#pairs].sort((a, b) => b[1] - a[1] || Math.abs(a[0]) - Math.abs(b[0]))[0];
    if (!best) return this.#hint;
    const forHint = this.#pairs.get(this.#hint.offsetMs) ?? 0;
    if (forHint >= best[1]) return { offsetMs: this.#hint.offsetMs, basis: 'paired' };
    return { offsetMs: best[0], basis: 'paired' };
  }

  /** For error lines that are read later than the requests they belong to. */
  #rememberRequest(request: string, at: number): void {
    if (this.#requests >= KEPT_SAMPLES) return;
    this.#requests++;
    const times = this.#requestTimes.get(request);
    if (times) times.push(at);
    else this.#requestTimes.set(request, [at]);
  }

  #addPair(difference: number): void {
    const offset = offsetBetween(difference, 0);
    if (Math.abs(offset) > MAX_OFFSET_MS) return;
    if (Math.abs(difference - offset) > PAIR_SLACK_MS) return;
    this.#pairs.set(offset, (this.#pairs.get(offset) ?? 0) + 1);
  }
}

/**
 * Offset of an IANA zone (`Europe/Berlin`) or a fixed one (`+05:30`, `UTC`) for a wall-clock time read as UTC.
 * Throws `RangeError` for a zone nobody knows.
 */
export function offsetOf(zone: string, localMs: number): number {
  const guess = offsetOfZone(zone, localMs);
  return offsetOfZone(zone, localMs - guess);
}

/** The same at an instant, epoch milliseconds. */
export function offsetOfZone(zone: string, at: number): number {
  const fixed = /^(?:UTC|GMT|Z)?([+-])(\d{2}):?(\d{2})$/i.exec(zone);
  if (!fixed) return zone === 'UTC' ? 0 : zoneOffset(zone, at);
  const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
  return (fixed[1] === '-' ? -minutes : minutes) * 60_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function zoneOffset(zone: string, utcMs: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
  }
  const name = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value;
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name ?? '');
  if (!match?.[1]) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

/** `+05:30`, `UTC`. */
export function zoneName(offsetMs: number): string {
  if (offsetMs === 0) return 'UTC';
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
