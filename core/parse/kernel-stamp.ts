/** The times that `dmesg` and the kernel's own log put before a message. */
import { digitAt, endOfDigits } from './byte-string.ts';
import { readClock, readIso8601, readMonthName, utcDay } from './time.ts';

export type KernelStamp = {
  /** Epoch milliseconds; `null` for seconds since boot, which no other log can be joined by. */
  readonly at: number | null;
  readonly isLocal: boolean;
  /** The index of the message. */
  readonly end: number;
};

/** `[Fri Nov 20 12:17:25 2026] ` with its blank. */
const CTIME_LENGTH = 27;

/**
 * The time `text` starts with, or `null`: `[12345.678901] ` (the kernel, `dmesg`), `[Fri Nov 20 12:17:25 2026] `
 * (`dmesg -T`), `2026-11-20T12:17:25,123456+00:00 ` (`dmesg --time-format iso`).
 */
export function readKernelStamp(text: string): KernelStamp | null {
  if (text.charCodeAt(0) !== 91) return readIso(text);
  return readUptime(text) ?? readCtime(text);
}

function readUptime(text: string): KernelStamp | null {
  let at = 1;
  while (text.charCodeAt(at) === 32 && at < 16) at++;
  const point = endOfDigits(text, at);
  if (point === at || text.charCodeAt(point) !== 46) return null;
  const end = endOfDigits(text, point + 1);
  if (end === point + 1 || !text.startsWith('] ', end)) return null;
  return { at: null, isLocal: false, end: end + 2 };
}

function readCtime(text: string): KernelStamp | null {
  const month = readMonthName(text, 5);
  const clock = readClock(text, 12);
  if (month === 0 || clock < 0 || !text.startsWith('] ', CTIME_LENGTH - 2)) return null;
  const day = Number(text.slice(9, 11));
  const midnight = utcDay(Number(text.slice(21, 25)), month, Number.isInteger(day) ? day : 0);
  return midnight === null ? null : { at: midnight + clock, isLocal: true, end: CTIME_LENGTH };
}

/** Only `dmesg` writes a comma there. */
function readIso(text: string): KernelStamp | null {
  if (digitAt(text, 0) < 0 || text.charCodeAt(19) !== 44) return null;
  const read = readIso8601(text);
  if (read === null || text.charCodeAt(read.end) !== 32) return null;
  return { at: read.ms, isLocal: false, end: read.end + 1 };
}
