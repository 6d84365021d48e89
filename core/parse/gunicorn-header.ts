/** The default form of a header, read at fixed positions: it is most of every Gunicorn log. */
import { detach, digitAt, endOfDigits } from './byte-string.ts';
import { findMessageRule, startsMessage } from './gunicorn-messages.ts';
import { readIso8601 } from './time.ts';

/** What the default form says; the message begins at `messageAt`. */
export type DefaultHeader = {
  readonly at: number;
  readonly pid: number;
  readonly level: string;
  readonly messageAt: number;
};

/** Level names by the code of their first letter. */
const LEVELS: Readonly<Record<number, string>> = {
  67: 'CRITICAL',
  68: 'DEBUG',
  69: 'ERROR',
  73: 'INFO',
  87: 'WARNING',
};

const STAMP_LENGTH = '2026-11-20 12:17:25 +0000'.length;

/**
 * `[2026-11-20 12:17:25 +0000] [4671] [CRITICAL] message` (Gunicorn glogging.py `Logger.error_fmt`), and
 * exactly that; `null` for every other form.
 */
export function readDefaultHeader(text: string): DefaultHeader | null {
  if (text.charCodeAt(0) !== 91 || !text.startsWith('] [', 1 + STAMP_LENGTH)) return null;
  const pidAt = STAMP_LENGTH + 4;
  const pidEnd = endOfDigits(text, pidAt);
  if (pidEnd === pidAt || pidEnd > pidAt + 9 || !text.startsWith('] [', pidEnd)) return null;
  const level = LEVELS[text.charCodeAt(pidEnd + 3)];
  if (level === undefined || !text.startsWith(`${level}] `, pidEnd + 3)) return null;
  const at = stampOf(text);
  if (at === null) return null;
  const pid = pidOf(text, pidAt, pidEnd);
  return { at, pid, level, messageAt: pidEnd + level.length + 5 };
}

let lastStamp = '';
let lastMs = 0;

/** The lines of a log come many to a second: the last second's text is not read again. */
function stampOf(text: string): number | null {
  if (lastStamp !== '' && text.startsWith(lastStamp, 1)) return lastMs;
  const read = readIso8601(text, 1);
  if (read === null || read.end !== 1 + STAMP_LENGTH) return null;
  lastStamp = detach(text.slice(1, 1 + STAMP_LENGTH));
  lastMs = read.ms;
  return read.ms;
}

function pidOf(text: string, from: number, end: number): number {
  let pid = 0;
  for (let at = from; at < end; at++) pid = pid * 10 + digitAt(text, at);
  return pid;
}

/**
 * Whether this is a line of the default form at INFO or DEBUG that says nothing about the backend: the bulk
 * of a log, known by a look at fixed positions and at how its message begins.
 */
export function isQuietGunicornLine(text: string): boolean {
  if (text.charCodeAt(0) !== 91 || text.charCodeAt(26) !== 93) return false;
  if (text.charCodeAt(28) !== 91 || text.charCodeAt(5) !== 45) return false;
  const pidEnd = text.indexOf(']', 29);
  if (pidEnd < 0 || text.charCodeAt(pidEnd + 2) !== 91) return false;
  const level = text.charCodeAt(pidEnd + 3);
  const end = level === 73 ? pidEnd + 7 : level === 68 ? pidEnd + 8 : 0;
  if (end === 0 || text.charCodeAt(end) !== 93) return false;
  const message = end + 2;
  const first = text.charCodeAt(message);
  if (first >= 48 && first <= 57) return false;
  const isKnownStart = startsMessage(first, text.charCodeAt(message + 1));
  return !isKnownStart || findMessageRule(text, message) === null;
}
