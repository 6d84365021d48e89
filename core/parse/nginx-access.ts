/** An access line's values, read by its format (`causes.md` A11). */
import type { UpstreamTry } from '../model.ts';
import { readJsonAccess } from './access-json.ts';
import { parseCount } from './byte-string.ts';
import { type Escape, unescapeValue } from './escapes.ts';
import type { LogFormat } from './log-format.ts';
import { SLOT } from './log-variables.ts';
import { matchFormat } from './match-format.ts';
import { parseIso8601, parseMsec, parseTimeLocal } from './time.ts';
import { readTries } from './upstream-tries.ts';

/** What an access line says; `null` where it does not, or wrote `-`. */
export type AccessFields = {
  /** When the request ended, epoch milliseconds: `$msec` where the format has it, else to the second. */
  readonly at: number;
  readonly status: number;
  readonly remoteAddr: string | null;
  /** The request line with the log's escaping undone; put together from its parts where the format has those. */
  readonly request: string | null;
  readonly requestTimeMs: number | null;
  /** Tries in order, none when no upstream was asked; `null` when the format has no upstream variable. */
  readonly tries: readonly UpstreamTry[] | null;
  /** `$connection`: `*N` of the error log. */
  readonly connection: number | null;
  readonly connectionRequests: number | null;
  readonly pid: number | null;
  readonly requestId: string | null;
  /** `$host`, the Host header or the server's name, whichever the format has first. */
  readonly serverHost: string | null;
};

type Values = readonly (string | null)[];

/**
 * The fields of one line without wrappers, or `null` when it is not of this format, or is cut short before
 * its status and time. What follows the format on a line is left alone.
 */
export function parseAccessLine(format: LogFormat, text: string): AccessFields | null {
  const values =
    format.kind === 'json'
      ? readJsonAccess(text)
      : (matchFormat(format, text, format.wanted)?.values ?? null);
  return values && fieldsOf(values, format.kind === 'json' ? 'none' : format.escape);
}

function fieldsOf(values: Values, how: Escape): AccessFields | null {
  const at = timeOf(values);
  const status = parseCount(values[SLOT.status] ?? '');
  if (at === null || status === null || status > 999) return null;
  return {
    at,
    status,
    remoteAddr: known(values[SLOT.remoteAddr], how),
    request: requestOf(values, how),
    requestTimeMs: parseSeconds(values[SLOT.requestTime]),
    tries: readTries(values),
    connection: count(values[SLOT.connection]),
    connectionRequests: count(values[SLOT.connectionRequests]),
    pid: count(values[SLOT.pid]),
    requestId: known(values[SLOT.requestId], how),
    serverHost: known(values[SLOT.host], how),
  };
}

function timeOf(values: Values): number | null {
  const msec = values[SLOT.msec];
  if (msec) {
    const exact = parseMsec(msec);
    if (exact !== null) return exact;
  }
  const local = values[SLOT.timeLocal];
  if (local) return parseTimeLocal(local);
  const iso = values[SLOT.timeIso];
  return iso ? parseIso8601(iso) : null;
}

/** A value that was found: `-` and nothing mean that it was not. */
function known(value: string | null | undefined, how: Escape): string | null {
  if (!value || value === '-') return null;
  return unescapeValue(value, how);
}

function count(value: string | null | undefined): number | null {
  return value ? parseCount(value) : null;
}

/** `0.123` seconds to milliseconds. */
function parseSeconds(value: string | null | undefined): number | null {
  const seconds = value ? Number(value) : Number.NaN;
  return seconds >= 0 && seconds < 1e9 ? Math.round(seconds * 1000) : null;
}

function requestOf(values: Values, how: Escape): string | null {
  const whole = known(values[SLOT.request], how);
  const method = known(values[SLOT.method], how);
  const uri = known(values[SLOT.uri], how);
  if (whole !== null && (method === null || uri !== null || whole.includes(' '))) return whole;
  if (method === null) return uri;
  const path = uri ?? whole;
  if (path === null) return null;
  const slash = Math.max(0, path.indexOf('/'));
  const protocol = known(values[SLOT.protocol], how);
  return protocol === null
    ? `${method} ${path.slice(slash)}`
    : `${method} ${path.slice(slash)} ${protocol}`;
}
