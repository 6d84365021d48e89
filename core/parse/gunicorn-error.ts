/** One header line of a Gunicorn error log, and of what other Python servers and loggers write into it. */
import { endOfDigits, parseCount } from './byte-string.ts';
import { readDefaultHeader } from './gunicorn-header.ts';
import { parseGunicornJson } from './gunicorn-json.ts';
import { levelName, readLevel } from './gunicorn-level.ts';
import { findMessageRule } from './gunicorn-messages.ts';
import { readStamp } from './gunicorn-stamp.ts';

/**
 * The fields of a header line; `null` is one that is not there. The time, where there is one, is epoch
 * milliseconds, read as UTC when `isLocal`.
 */
export type GunicornLine = {
  readonly at: number | null;
  readonly isLocal: boolean;
  /** The process that wrote the line. */
  readonly pid: number | null;
  /** `CRITICAL`, `ERROR`, `WARNING`, `INFO` or `DEBUG`; `null` in the syslog form. */
  readonly level: string | null;
  readonly logger: string | null;
  readonly message: string;
  /** The traceback a JSON logger puts into a field of its own. */
  readonly stack: string | null;
  /** `stamped`: has a time of its own. `bare`: has none. `json`: cannot be forged by a line break. */
  readonly form: 'stamped' | 'bare' | 'json';
};

/** More of a message than anybody reads; a line may be a megabyte. */
const MAX_MESSAGE = 4096;
/** Brackets and words between the time and the message: pid, level, logger, thread. */
const MAX_PARTS = 6;

/**
 * The header `text` starts with, or `null` when it has none: a line of a traceback, an access line, output
 * of the application. Forms (Gunicorn glogging.py `Logger.error_fmt`, `Logger.datefmt`, `syslog_fmt`):
 * `[2026-11-20 12:17:25 +0000] [4671] [CRITICAL] WORKER TIMEOUT (pid:4685)`, the same without brackets round
 * the time, with milliseconds, without pid or level; `[4671] message` and `gunicorn.app.error: [4671] message`
 * (syslog); `ERROR:gunicorn.error:message`; `INFO:     message` (Uvicorn); a JSON object.
 */
export function parseGunicornLine(text: string): GunicornLine | null {
  const first = text.charCodeAt(0);
  if (first === 91) return parseBracketed(text);
  if (first === 123) return parseGunicornJson(text);
  if (first >= 48 && first <= 57) return parseStamped(text, 0, false);
  if (first >= 65 && first <= 90) return parseLevelFirst(text);
  return first === 103 ? parseSyslog(text) : null;
}

function parseBracketed(text: string): GunicornLine | null {
  const usual = readDefaultHeader(text);
  if (usual !== null) {
    const { at, pid, level, messageAt } = usual;
    const message = text.slice(messageAt, messageAt + MAX_MESSAGE).trimStart();
    return { at, isLocal: false, pid, level, logger: null, message, stack: null, form: 'stamped' };
  }
  const stamped = parseStamped(text, 1, true);
  if (stamped !== null) return stamped;
  const end = endOfDigits(text, 1);
  if (end === 1 || end > 8 || !text.startsWith('] ', end)) return null;
  return parseParts(text, 0, { at: null, isLocal: false, form: 'bare' });
}

function parseStamped(text: string, at: number, isBracketed: boolean): GunicornLine | null {
  const stamp = readStamp(text, at);
  if (stamp === null) return null;
  let end = stamp.end;
  const next = text.charCodeAt(end);
  if (isBracketed) {
    // Celery writes `[time: LEVEL/Process]`; to read it, the bracket is taken as the second part.
    if (next === 93) end++;
    else if (next !== 58 && next !== 32) return null;
  } else if (next !== 32 && end < text.length) return null;
  return parseParts(text, end, { at: stamp.ms, isLocal: stamp.isLocal, form: 'stamped' });
}

type Head = Pick<GunicornLine, 'at' | 'isLocal' | 'form'>;
type Parts = { pid: number | null; level: string | null; logger: string | null; at: number };

function parseParts(text: string, from: number, head: Head): GunicornLine {
  const parts: Parts = { pid: null, level: null, logger: null, at: from };
  for (let count = 0; count < MAX_PARTS && readPart(text, parts); count++);
  const message = text.slice(parts.at, parts.at + MAX_MESSAGE).trimStart();
  const { pid, level, logger } = parts;
  return { ...head, pid, level, logger, message, stack: null };
}

/** Takes one part off the front, or says that the message begins here. */
function readPart(text: string, parts: Parts): boolean {
  const at = skipSeparators(text, parts.at);
  if (text.charCodeAt(at) === 91) return readBracket(text, at, parts);
  if (parts.level !== null) return false;
  const level = readLevel(text, at);
  if (level !== null) {
    parts.level = level.name;
    const isDashed = text.startsWith(' - ', level.end);
    parts.at = level.end + (isDashed ? 3 : text.charCodeAt(level.end) === 58 ? 1 : 0);
    return true;
  }
  return readDashedName(text, at, parts);
}

/** Blanks, a dash between blanks, and a colon after a time. */
function skipSeparators(text: string, from: number): number {
  let at = from;
  if (text.charCodeAt(at) === 58) at++;
  while (text.charCodeAt(at) === 32) at++;
  if (text.startsWith('- ', at)) at += 2;
  return at;
}

/** `[4671]`, `[ERROR]`, `[4671:gunicorn.error:253]`, or a name; none after a level but a pid. */
function readBracket(text: string, at: number, parts: Parts): boolean {
  const close = text.slice(at, at + 64).indexOf(']');
  if (close < 2) return false;
  const inside = text.slice(at + 1, at + close);
  const digits = endOfDigits(inside, 0);
  const level = levelName(inside);
  if (digits > 0 && digits < 9 && parts.pid === null && isPidGroup(inside, digits)) {
    parts.pid = Number(inside.slice(0, digits));
    const logger = inside.slice(digits + 1).split(':')[0];
    if (logger) parts.logger = logger;
  } else if (parts.level !== null) return false;
  else if (level !== null) parts.level = level;
  else if (inside.includes(' ') || digits > 0) return false;
  else parts.logger = inside;
  parts.at = at + close + 1;
  return true;
}

function isPidGroup(inside: string, digits: number): boolean {
  return digits === inside.length || inside.charCodeAt(digits) === 58;
}

/** `gunicorn.error - ERROR - message` and `gunicorn.error ERROR message`: a name counts before a level only. */
function readDashedName(text: string, at: number, parts: Parts): boolean {
  if (parts.logger !== null) return false;
  const space = text.slice(at, at + 64).indexOf(' ');
  if (space < 1) return false;
  const after = skipSeparators(text, at + space);
  const isBeforePart = text.charCodeAt(after) === 91 || readLevel(text, after) !== null;
  if (!isBeforePart || findMessageRule(text, at) !== null) return false;
  parts.logger = text.slice(at, at + space);
  parts.at = after;
  return true;
}

/** `ERROR:gunicorn.error:message` (`logging.BASIC_FORMAT`), `INFO:     message`, `ERROR 2026-11-20 …`. */
function parseLevelFirst(text: string): GunicornLine | null {
  const level = readLevel(text, 0);
  if (level === null) return null;
  const mark = text.charCodeAt(level.end);
  const bare = { at: null, isLocal: false, form: 'bare' as const, pid: null, stack: null };
  if (mark === 32) {
    const stamped = parseStamped(text, level.end + 1, false);
    return stamped && { ...stamped, level: level.name };
  }
  if (mark !== 58) return null;
  const rest = text.slice(level.end + 1, level.end + 1 + MAX_MESSAGE);
  if (rest.startsWith(' ')) {
    return { ...bare, level: level.name, logger: null, message: rest.trimStart() };
  }
  const colon = rest.slice(0, 64).indexOf(':');
  if (colon < 1) return null;
  return {
    ...bare,
    level: level.name,
    logger: rest.slice(0, colon),
    message: rest.slice(colon + 1),
  };
}

/** `gunicorn.shop.error: [4671] message` (glogging.py `Logger._set_syslog_handler`). */
function parseSyslog(text: string): GunicornLine | null {
  const colon = text.slice(0, 80).indexOf(': [');
  if (colon < 0 || !text.startsWith('gunicorn.')) return null;
  const end = text.indexOf(']', colon);
  const pid = parseCount(text.slice(colon + 3, end < 0 ? colon + 3 : end));
  if (pid === null) return null;
  const message = text.slice(end + 1, end + 1 + MAX_MESSAGE).trimStart();
  const logger = text.slice(0, colon);
  return { at: null, isLocal: false, form: 'bare', pid, level: null, logger, message, stack: null };
}
