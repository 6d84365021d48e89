/**
 * Times as logs write them, to epoch milliseconds. Every reader takes the index to start at, gives `null`
 * for what is no time (a 31st of February too), and works by arithmetic alone: a `Date` costs ten times as
 * much. The last day is kept, for a log holds few, and the last minute of the two times that NGINX writes.
 */
import { detach, digitAt, endOfDigits, twoDigitsAt } from './byte-string.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MONTHS: ReadonlyMap<number, number> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map(
    (name, index) => [threeLetters(name, 0), index + 1],
  ),
);
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What no byte string starts with. */
const NEVER = '\uffff';

let lastDay = 19700101;
let lastDayMs = 0;

/** `2026/11/20 12:14:`, and what it is in milliseconds. */
let lastErrorMinute = NEVER;
let lastErrorMs = 0;
/** `20/Nov/2026:12:13:` and ` +0000`, and what they are together. */
let lastLocalMinute = NEVER;
let lastLocalZone = NEVER;
let lastLocalMs = 0;

/** The length of `20/Nov/2026:12:13:37 +0000`, nginx `$time_local`. */
export const TIME_LOCAL_LENGTH = 26;
/** The length of `2026-11-20T12:13:37+00:00`, nginx `$time_iso8601`. */
export const TIME_ISO8601_LENGTH = 25;

/** Milliseconds since the epoch of a day at midnight UTC, or `null` when the calendar has no such day. */
export function utcDay(year: number, month: number, day: number): number | null {
  const key = (year * 100 + month) * 100 + day;
  if (key === lastDay && month > 0 && day > 0) return lastDayMs;
  if (!isDay(year, month, day)) return null;
  lastDay = key;
  lastDayMs = daysSinceEpoch(year, month, day) * DAY_MS;
  return lastDayMs;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  if (day > (DAYS_IN_MONTH[month - 1] ?? 0)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap || month !== 2 || day !== 29;
}

/** Howard Hinnant, `days_from_civil`: years start in March, so that the leap day is the last one. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

/** `12:13:37` at `at` as milliseconds into the day, or -1; 60 is allowed for a leap second. */
export function readClock(text: string, at: number): number {
  const hour = twoDigitsAt(text, at);
  const minute = twoDigitsAt(text, at + 3);
  const second = twoDigitsAt(text, at + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  if (text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return -1;
  return (hour * 3600 + minute * 60 + second) * 1000;
}

/** The month, 1 to 12, whose English three letters (`Nov`) stand at `at`, or 0. */
export function readMonthName(text: string, at: number): number {
  return MONTHS.get(threeLetters(text, at)) ?? 0;
}

function threeLetters(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}

/** A date of ten characters, `2026-11-20` or (with 47, `/`) `2026/11/20`, as its midnight in UTC. */
export function readDate(text: string, at: number, separator: number): number | null {
  if (text.charCodeAt(at + 4) !== separator || text.charCodeAt(at + 7) !== separator) return null;
  return utcDay(readYear(text, at), twoDigitsAt(text, at + 5), twoDigitsAt(text, at + 8));
}

function readYear(text: string, at: number): number {
  const century = twoDigitsAt(text, at);
  const year = twoDigitsAt(text, at + 2);
  return century < 0 || year < 0 ? -1 : century * 100 + year;
}

/**
 * `2026/11/20 12:14:32` (`ngx_cached_err_log_time`, nginx core/ngx_times.c) read as if it were UTC: the
 * line has no zone.
 */
export function parseNginxErrorTime(text: string, at = 0): number | null {
  if (text.slice(at, at + 17) === lastErrorMinute) return atSecond(lastErrorMs, text, at + 17);
  const day = readDate(text, at, 47);
  if (day === null || text.charCodeAt(at + 10) !== 32) return null;
  const clock = readClock(text, at + 11);
  if (clock < 0) return null;
  lastErrorMinute = detach(text.slice(at, at + 17));
  lastErrorMs = day + clock - twoDigitsAt(text, at + 17) * 1000;
  return atSecond(lastErrorMs, text, at + 17);
}

/** The time of the minute and the second that is written at `at`; 60 is allowed for a leap second. */
function atSecond(minuteMs: number, text: string, at: number): number | null {
  const second = twoDigitsAt(text, at);
  return second < 0 || second > 60 ? null : minuteMs + second * 1000;
}

/** `20/Nov/2026:12:13:37 +0000` (`$time_local`, nginx core/ngx_times.c), its offset applied. */
export function parseTimeLocal(text: string, at = 0): number | null {
  // Compared as slices: `startsWith` looks at every character of a slice through its parent.
  if (text.slice(at, at + 18) === lastLocalMinute && zoneAt(text, at) === lastLocalZone) {
    return atSecond(lastLocalMs, text, at + 18);
  }
  if (text.charCodeAt(at + 2) !== 47 || text.charCodeAt(at + 6) !== 47) return null;
  if (text.charCodeAt(at + 11) !== 58 || text.charCodeAt(at + 20) !== 32) return null;
  const day = utcDay(readYear(text, at + 7), readMonthName(text, at + 3), twoDigitsAt(text, at));
  const clock = readClock(text, at + 12);
  const offset = readOffset(text, at + 21);
  if (day === null || clock < 0 || offset?.end !== at + TIME_LOCAL_LENGTH) return null;
  lastLocalMinute = detach(text.slice(at, at + 18));
  lastLocalZone = zoneAt(text, at);
  lastLocalMs = day + clock - twoDigitsAt(text, at + 18) * 1000 - offset.ms;
  return atSecond(lastLocalMs, text, at + 18);
}

function zoneAt(text: string, at: number): string {
  return text.slice(at + 20, at + TIME_LOCAL_LENGTH);
}

/** An instant and the index after the text it was read from. */
export type ReadTime = { readonly ms: number; readonly end: number };

/**
 * RFC 3339 / ISO 8601 with a zone at `at`: `$time_iso8601`, journald's short-iso (`+0000`), Docker and
 * Kubernetes (`2026-11-20T12:14:32.123456789Z`; nanoseconds are cut to milliseconds).
 */
export function readIso8601(text: string, at = 0): ReadTime | null {
  const day = readDate(text, at, 45);
  const divider = text.charCodeAt(at + 10);
  if (day === null || (divider !== 84 && divider !== 32)) return null;
  const clock = readClock(text, at + 11);
  if (clock < 0) return null;
  let end = at + 19;
  let fraction = 0;
  if (text.charCodeAt(end) === 46 || text.charCodeAt(end) === 44) {
    fraction = readMillis(text, end + 1);
    end = endOfDigits(text, end + 1);
  }
  const offset = readOffset(text, end);
  return offset && { ms: day + clock + fraction - offset.ms, end: offset.end };
}

/** The whole text as one ISO 8601 instant. */
export function parseIso8601(text: string): number | null {
  const read = readIso8601(text);
  return read !== null && read.end === text.length ? read.ms : null;
}

/** `1700000000.123` (`$msec`), journald's microseconds after the point, or whole seconds. */
export function parseMsec(text: string): number | null {
  const point = endOfDigits(text, 0);
  if (point < 9 || point > 11) return null;
  const seconds = Number(text.slice(0, point)) * 1000;
  if (point === text.length) return seconds;
  const isFraction = text.charCodeAt(point) === 46 && text.length > point + 1;
  if (!isFraction || endOfDigits(text, point + 1) !== text.length) return null;
  return seconds + readMillis(text, point + 1);
}

/** The first three digits of a fraction, as milliseconds; digits that are not there count as 0. */
function readMillis(text: string, at: number): number {
  const tenths = digitAt(text, at);
  if (tenths < 0) return 0;
  const hundredths = digitAt(text, at + 1);
  if (hundredths < 0) return tenths * 100;
  return tenths * 100 + hundredths * 10 + Math.max(0, digitAt(text, at + 2));
}

/** `Z`, `+0000` or `+00:00`, possibly after one space. */
function readOffset(text: string, from: number): ReadTime | null {
  const at = text.charCodeAt(from) === 32 ? from + 1 : from;
  const sign = text.charCodeAt(at);
  if (sign === 90) return { ms: 0, end: at + 1 };
  if (sign !== 43 && sign !== 45) return null;
  const minutesAt = text.charCodeAt(at + 3) === 58 ? at + 4 : at + 3;
  const hours = twoDigitsAt(text, at + 1);
  const minutes = twoDigitsAt(text, minutesAt);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return null;
  const ms = (hours * 60 + minutes) * MINUTE_MS;
  return { ms: sign === 45 ? -ms : ms, end: minutesAt + 2 };
}
