import { LOG_ROLES, type LogRole } from './model.ts';
import { type Envelope, unwrap } from './parse/envelope.ts';
import { readJsonFields } from './parse/json-line.ts';
import { readKernelStamp } from './parse/kernel-stamp.ts';

/** More lines than this do not make it clearer. */
const MOST_SAMPLES = 200;
/** A line shows its shape at its start. */
const LONGEST_START = 1_024;

const ERROR_LINE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: /;
/** What NGINX writes to standard error while it starts. */
const ERROR_AT_START = /^nginx: \[(?:emerg|alert|crit|error|warn)\] /;
/** Before version 19 without brackets around the time. */
const GUNICORN_LINE =
  /^\[?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[^\][]{0,12}\])? \[\d+(?::[^\][]{1,40})?\] \[[A-Z]+\] /;
const GUNICORN_FRAME = /^ {2}File "[^"]{1,500}\/gunicorn\/[^"]{1,200}\.py", line \d/;
const UVICORN_LINE = /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL): {2,}\S/;
const UVICORN_ACCESS = /^(?:[\d.]+|\[?[\da-f:]+\]?):\d+ - "[A-Z]+ /;
/** Gunicorn's access log behind a unix socket: no client address. */
const GUNICORN_ACCESS = /^-? - \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/;
/** `$time_local` or `$time_iso8601` in brackets, with no quote before it, so never inside a request. */
const ACCESS_LINE =
  /^[^"[]{1,300}\[(?:\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)\] /;
const AUDIT_LINE = /^type=[A-Z_]+ msg=audit\(/;

const SYSTEM_TAG = /^(?:systemd|kernel|audit)/;
const GUNICORN_TAG = /^(?:gunicorn|uvicorn)/;

/** Files are named after who writes them; the first that matches counts. */
const NAME_HINTS: readonly (readonly [RegExp, LogRole])[] = [
  [/gunicorn|uvicorn|hypercorn|uwsgi/i, 'gunicorn'],
  [/syslog|journal|kern|dmesg|messages|system|audit/i, 'system'],
  [/access/i, 'access'],
  [/error/i, 'error'],
];

type Votes = Record<LogRole, number> & { syslog: number; nginxAccess: number };

/**
 * What a log is, told from the shape of its first lines (wrappers taken off), never from words inside a request;
 * `null` when no line has a shape of a log that badgateway reads. The file's name only breaks ties, tells Gunicorn's
 * access log from NGINX's, and speaks for an empty file.
 */
export function recogniseRole(samples: readonly string[], fileName = ''): LogRole | null {
  const hint = NAME_HINTS.find(([pattern]) => pattern.test(baseName(fileName)))?.[1] ?? null;
  const lines = samples.filter((line) => line.trim() !== '').slice(0, MOST_SAMPLES);
  if (lines.length === 0) return hint;
  return winner(countVotes(lines), hint);
}

function countVotes(lines: readonly string[]): Votes {
  const votes: Votes = {
    access: 0,
    error: 0,
    gunicorn: 0,
    system: 0,
    app: 0,
    syslog: 0,
    nginxAccess: 0,
  };
  for (const line of lines) {
    const envelope = unwrap(line.slice(0, LONGEST_START));
    const role = roleOfShape(envelope.text) ?? roleOfTag(envelope);
    if (role !== null) votes[role] += 1;
    else if (envelope.tag !== null) votes.syslog += 1;
    if (role === 'access' && envelope.tag?.includes('nginx')) votes.nginxAccess += 1;
  }
  return votes;
}

function winner(votes: Votes, hint: LogRole | null): LogRole | null {
  if (votes.access > votes.nginxAccess && isGunicornsAccess(votes, hint)) return 'gunicorn';
  const most = Math.max(...LOG_ROLES.map((role) => votes[role]));
  if (most === 0 && votes.syslog > 0) return 'system';
  // Its start-up errors are bare sentences (`Error: '/x.py' doesn't exist`).
  if (most === 0) return hint === 'gunicorn' ? hint : null;
  // A container's NGINX writes both its logs to one stream: the access log's reader knows error lines.
  if (votes.access > 0 && votes.error > 0 && hint !== 'error') return 'access';
  const tied = LOG_ROLES.filter((role) => votes[role] === most);
  return tied.find((role) => role === hint) ?? tied[0] ?? null;
}

/** Its lines look like NGINX's; other lines of Gunicorn beside them or the file's name give them away. */
function isGunicornsAccess(votes: Votes, hint: LogRole | null): boolean {
  return votes.error === 0 && (votes.gunicorn > 0 || hint === 'gunicorn');
}

function roleOfShape(text: string): LogRole | null {
  if (ERROR_LINE.test(text) || ERROR_AT_START.test(text)) return 'error';
  if (GUNICORN_LINE.test(text) || GUNICORN_ACCESS.test(text)) return 'gunicorn';
  if (GUNICORN_FRAME.test(text)) return 'gunicorn';
  if (UVICORN_LINE.test(text) || UVICORN_ACCESS.test(text)) return 'gunicorn';
  if (readKernelStamp(text) !== null || AUDIT_LINE.test(text)) return 'system';
  if (ACCESS_LINE.test(text)) return 'access';
  return text.startsWith('{') ? roleOfJson(text) : null;
}

/** An access log has a status and a request; a logger's line has a level and a message, and its logger's name. */
function roleOfJson(text: string): LogRole | null {
  const fields = readJsonFields(text) ?? new Map<string, string>();
  const keys = [...fields.keys()].map((key) => key.toLowerCase());
  const has = (pattern: RegExp): boolean => keys.some((key) => pattern.test(key));
  const logger = fields.get('logger') ?? fields.get('name') ?? fields.get('logger_name') ?? '';
  if (GUNICORN_TAG.test(logger)) return 'gunicorn';
  if (has(/(?:^|[._])status(?:_?code)?$/) && has(/request|uri|url|path|method/)) return 'access';
  const isLogger =
    has(/^(?:level|levelname|severity|log\.level)$/) && has(/^(?:message|msg|event)$/);
  return isLogger && logger === '' ? 'gunicorn' : null;
}

function roleOfTag({ tag }: Envelope): LogRole | null {
  if (tag === null) return null;
  if (SYSTEM_TAG.test(tag)) return 'system';
  return GUNICORN_TAG.test(tag) ? 'gunicorn' : null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
