/**
 * Wrappers of syslog (RFC 3164, RFC 5424), journald and whatever else puts a time, a host or a program
 * before the line (nginx core/ngx_syslog.c writes the RFC 3164 form).
 */
import { endOfDigits, parseCount, twoDigitsAt } from './byte-string.ts';
import type { Layer, WallTime } from './envelope.ts';
import { type Origin, readOrigin } from './envelope-origin.ts';
import { peelRfc5424 } from './envelope-rfc5424.ts';
import {
  parseMsec,
  parseNginxErrorTime,
  parseTimeLocal,
  readClock,
  readDate,
  readIso8601,
  readMonthName,
} from './time.ts';

/** `<187>…`: RFC 5424, or RFC 3164 with or without its time. */
export function peelSyslog(text: string): Layer | null {
  const end = endOfDigits(text, 1);
  if (end === 1 || end > 4 || text.charCodeAt(end) !== 62) return null;
  const rest = text.slice(end + 1);
  if (rest.startsWith('1 ')) return peelRfc5424(rest);
  return peelUndated(rest) ?? peelTimed(rest) ?? withOrigin(rest, 0, readOrigin(rest, 0, true));
}

/** `Nov 20 12:14:32 host nginx[123]: text`, and journald's short-full `Fri 2026-11-20 12:14:32 UTC host …`. */
export function peelUndated(text: string): Layer | null {
  const month = readMonthName(text, 0);
  if (month === 0) return text.charCodeAt(3) === 32 ? peelWeekday(text) : null;
  const clock = readClock(text, 7);
  if (clock < 0 || text.charCodeAt(3) !== 32 || text.charCodeAt(6) !== 32) return null;
  const day = twoDigitsAt(text.charCodeAt(4) === 32 ? `0${text.charAt(5)}` : text.slice(4, 6), 0);
  if (day < 1 || day > 31) return null;
  const from = endOfFraction(text, 15);
  if (text.charCodeAt(from) !== 32) return null;
  const time = wallTime(null, month, day, clock);
  return { ...withOrigin(text, from + 1, readOrigin(text, from + 1, true)), time };
}

function peelWeekday(text: string): Layer | null {
  const day = readDate(text, 4, 45);
  const clock = readClock(text, 15);
  if (day === null || clock < 0 || text.charCodeAt(14) !== 32) return null;
  const from = endOfFraction(text, 23);
  const zoneEnd = text.indexOf(' ', from + 1);
  const origin = zoneEnd < 0 ? null : readOrigin(text, zoneEnd + 1, true);
  if (origin === null) return null;
  const layer = withOrigin(text, zoneEnd + 1, origin);
  if (text.slice(from + 1, zoneEnd) === 'UTC') return { ...layer, at: day + clock };
  const [year, month, date] = [
    Number(text.slice(4, 8)),
    twoDigitsAt(text, 9),
    twoDigitsAt(text, 12),
  ];
  return { ...layer, time: wallTime(year, month, date, clock) };
}

/** A time with a zone first: Docker and kubectl timestamps, CRI, short-iso, rsyslog, short-unix. */
export function peelTimed(text: string): Layer | null {
  const read = text.charCodeAt(10) === 84 ? readIso8601(text) : null;
  if (read === null) return peelUnixTime(text);
  if (text.charCodeAt(read.end) !== 32) return null;
  const from = read.end + 1;
  const cri = peelCri(text, from);
  if (cri) return { ...cri, at: read.ms };
  const origin = readOrigin(text, from, false);
  if (origin) return { ...withOrigin(text, from, origin), at: read.ms };
  // `$time_iso8601` at the start of a log_format has neither a fraction nor a Z.
  const isStamp = text.charCodeAt(19) === 46 || text.charCodeAt(read.end - 1) === 90;
  return isStamp ? { text: text.slice(from), at: read.ms } : null;
}

function peelUnixTime(text: string): Layer | null {
  const space = text.indexOf(' ');
  const at = space === 17 ? parseMsec(text.slice(0, space)) : null;
  const origin = at === null ? null : readOrigin(text, 18, true);
  return origin && { ...withOrigin(text, 18, origin), at };
}

/** `stderr F text`: containerd and CRI-O write `P` for a part of a line. */
function peelCri(text: string, at: number): Layer | null {
  if (!text.startsWith('stdout ', at) && !text.startsWith('stderr ', at)) return null;
  const flag = text.charCodeAt(at + 7);
  if (flag !== 70 && flag !== 80) return null;
  const end = text.indexOf(' ', at + 7);
  if (end !== at + 8 && text.charCodeAt(at + 8) !== 58) return null;
  return { text: end < 0 ? '' : text.slice(end + 1), isPartial: flag === 80 };
}

/** `host nginx[2833]: text` without any time, only when what follows is a line of NGINX or Gunicorn. */
export function peelTimeless(text: string): Layer | null {
  const origin = readOrigin(text, 0, false);
  if (origin === null) return null;
  const rest = text.slice(origin.end);
  if (holdsLogLine(rest)) return withOrigin(text, 0, origin);
  const inner = readOrigin(rest, 0, false);
  const isTwice = inner !== null && holdsLogLine(rest.slice(inner.end));
  return isTwice ? withOrigin(rest, 0, inner) : null;
}

/** Whether the text starts as an NGINX error line, a Gunicorn line or an access line does. */
export function holdsLogLine(text: string): boolean {
  if (parseNginxErrorTime(text) !== null) return true;
  if (text.charCodeAt(0) === 91 && readDate(text, 1, 45) !== null) return true;
  const bracket = text.indexOf(' [');
  return bracket >= 0 && parseTimeLocal(text, bracket + 2) !== null;
}

function withOrigin(text: string, from: number, origin: Origin | null): Layer {
  if (origin === null) return { text: text.slice(from) };
  return {
    text: text.slice(origin.end),
    host: origin.host,
    tag: origin.tag,
    pid: parseCount(origin.pid),
  };
}

function endOfFraction(text: string, at: number): number {
  return text.charCodeAt(at) === 46 ? endOfDigits(text, at + 1) : at;
}

function wallTime(year: number | null, month: number, day: number, clockMs: number): WallTime {
  const seconds = clockMs / 1000;
  return {
    year,
    month,
    day,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  };
}
