import { AppError } from '../../core/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const DURATION = /^(?:\d{1,9}[smhdw])+$/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i;
const OFFSET = /^([+-])(0\d|1[0-4]):?([0-5]\d)$/;
const FORMAT_NAMES = ['combined', 'main', 'badgateway'];

/** A time in epoch milliseconds: ISO 8601 (UTC unless it says otherwise), or how long before `nowMs` (`2h`, `1h30m`). */
export function parseTime(flag: string, text: string, nowMs: number): number {
  const at = DURATION.test(text) ? nowMs - durationMs(text) : isoMs(text);
  if (Number.isFinite(at)) return at;
  throw new AppError(
    'BadTime',
    `${flag} "${text}" is no time: use ISO 8601 such as 2026-11-20T14:00, or how long ago such as 30m, 2h or 7d`,
  );
}

/** A zone as the rest understands it: an IANA name, `+05:30`, or `UTC`. */
export function parseZone(text: string): string {
  if (/^(?:UTC|GMT|Z)$/i.test(text)) return 'UTC';
  const offset = OFFSET.exec(text);
  if (offset !== null) return `${offset[1]}${offset[2]}:${offset[3]}`;
  if (/^[A-Z]/i.test(text) && isZoneName(text)) return text;
  throw new AppError(
    'UnknownZone',
    `unknown time zone "${text}": use a name such as Europe/Berlin, an offset such as +05:30, or UTC`,
  );
}

/** A `log_format` string as it is, or one of the known names. */
export function parseLogFormat(text: string): string {
  if (text.includes('$') || FORMAT_NAMES.includes(text)) return text;
  throw new AppError(
    'UnknownLogFormat',
    `unknown log format "${text}": use one of ${FORMAT_NAMES.join(', ')}, or the log_format string of nginx.conf with its $variables`,
    { hint: "in single quotes, so that the shell keeps the $: --log-format '$remote_addr …'" },
  );
}

/** `23.0.0`, `20.1`. */
export function parseGunicornVersion(text: string): string {
  if (/^\d{1,3}(?:\.\d{1,4}){0,3}$/.test(text)) return text;
  throw new AppError(
    'BadVersion',
    `"${text}" is no version of Gunicorn: use numbers such as 23.0.0`,
  );
}

function durationMs(text: string): number {
  const parts = text.matchAll(/(\d+)([smhdw])/g);
  return [...parts].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
}

function isoMs(text: string): number {
  const parts = ISO.exec(text);
  if (parts === null) return Number.NaN;
  const [, year, month, day, clock = '00:00', zone = 'Z'] = parts;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > last) return Number.NaN;
  const offset = zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  return Date.parse(`${year}-${month}-${day}T${clock}${offset}`);
}

function isZoneName(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
