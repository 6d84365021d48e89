/** Times as Python's `logging` writes them, at the start of a line or of a bracket. */
import { digitAt, endOfDigits } from './byte-string.ts';
import { parseTimeLocal, readClock, readDate, readIso8601, TIME_LOCAL_LENGTH } from './time.ts';

export type Stamp = {
  /** Epoch milliseconds; of a time without a zone, as if it were UTC. */
  readonly ms: number;
  /** The time has no zone: it is the clock of whoever wrote it. */
  readonly isLocal: boolean;
  /** The index after it. */
  readonly end: number;
};

/**
 * `2026-11-20 12:17:25 +0000` (Gunicorn glogging.py `Logger.datefmt`), `2026-11-20 12:17:25` (Gunicorn up to
 * 19.1), `2026-11-20 12:17:25,123` (the `logging` default), `2026-11-20T12:17:25.123456Z`, or
 * `20/Nov/2026:12:17:25 +0000`.
 */
export function readStamp(text: string, at: number): Stamp | null {
  if (text.charCodeAt(at + 2) === 47) {
    const ms = parseTimeLocal(text, at);
    return ms === null ? null : { ms, isLocal: false, end: at + TIME_LOCAL_LENGTH };
  }
  if (text.charCodeAt(at + 4) !== 45) return null;
  const zoned = readIso8601(text, at);
  return zoned === null ? readLocal(text, at) : { ms: zoned.ms, isLocal: false, end: zoned.end };
}

function readLocal(text: string, at: number): Stamp | null {
  const day = readDate(text, at, 45);
  const divider = text.charCodeAt(at + 10);
  if (day === null || (divider !== 84 && divider !== 32)) return null;
  const clock = readClock(text, at + 11);
  if (clock < 0) return null;
  const mark = text.charCodeAt(at + 19);
  const hasFraction = (mark === 44 || mark === 46) && digitAt(text, at + 20) >= 0;
  if (!hasFraction) return { ms: day + clock, isLocal: true, end: at + 19 };
  const end = endOfDigits(text, at + 20);
  const millis = Number(`0.${text.slice(at + 20, Math.min(end, at + 23))}`) * 1000;
  return { ms: day + clock + Math.round(millis), isLocal: true, end };
}

/** A time in a JSON field: text as above, or seconds, milliseconds or nanoseconds since the epoch. */
export function parseStampField(value: string): { ms: number; isLocal: boolean } | null {
  const stamp = readStamp(value, 0);
  if (stamp !== null) return { ms: stamp.ms, isLocal: stamp.isLocal };
  const digits = endOfDigits(value, 0);
  if (digits < 9 || digits > 19) return null;
  const number = Number.parseFloat(value.slice(0, 24));
  const seconds = number / 10 ** (Math.floor((digits - 9) / 3) * 3);
  return Number.isFinite(seconds) ? { ms: Math.floor(seconds * 1000), isLocal: false } : null;
}
