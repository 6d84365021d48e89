/**
 * The CloudWatch filter patterns that pass what the functions need and little else. Each is one regular expression
 * over the whole message: it needs no cutting into fields, which an unbalanced quote in a log line can upset, and it
 * finds a line inside the wrappers of syslog and Docker too. What it looks for is written by NGINX or Gunicorn into
 * every such line, so that nothing a client sends can keep a line back; it can only add one.
 *
 * The grammar (no groups; a few symbols, the others as `\xHH`): AWS, "Filter pattern syntax for metric filters".
 */
import type { LogRole } from '../model.ts';
import {
  compileLogFormat,
  type FormatField,
  type LogFormat,
  NAMED_FORMATS,
} from '../parse/log-format.ts';
import { SLOT } from '../parse/log-variables.ts';

/** What the filters of one log group are made with. */
export type FilterPatterns = {
  /** Of the subscription filter; `null`: the log is not subscribed. */
  readonly pattern: string | null;
  /** Of the metric filter that counts requests; `null` for logs other than access logs. */
  readonly requestPattern: string | null;
  /** The format has no place to find the status by, or needs too long a pattern: all lines are delivered. */
  readonly isPassAll: boolean;
};

/** Matches every event. */
export const ALL_EVENTS = '';
/** PutSubscriptionFilter's and PutMetricFilter's limit for `filterPattern`. */
const MOST_PATTERN_CHARACTERS = 1024;

/**
 * The default patterns of a log. `format` is an NGINX `log_format` or the name of a known one, `null` is `combined`;
 * it counts for access logs alone. Throws an `AppError` with code `BadLogFormat`.
 */
export function filterPatternOf(log: {
  readonly role: LogRole;
  readonly format: string | null;
}): FilterPatterns {
  switch (log.role) {
    case 'access':
      return accessPatterns(log.format ?? 'combined');
    case 'error':
      return patternsOf(ERROR_LINES);
    case 'gunicorn':
      return patternsOf(GUNICORN_LINES);
    case 'system':
      return patternsOf(SYSTEM_LINES);
    case 'app':
      return { pattern: null, requestPattern: null, isPassAll: false };
  }
}

function patternsOf(alternatives: readonly string[]): FilterPatterns {
  return { pattern: regexOf(alternatives), requestPattern: null, isPassAll: false };
}

function regexOf(alternatives: readonly string[]): string {
  return `%${alternatives.join('|')}%`;
}

function accessPatterns(source: string): FilterPatterns {
  const format = NAMED_FORMATS[source] ?? compileLogFormat(source);
  const alternatives = format.kind === 'json' ? JSON_FAILURES : failuresIn(format);
  const pattern = alternatives === null ? null : regexOf(alternatives);
  const isPassAll = pattern === null || pattern.length > MOST_PATTERN_CHARACTERS;
  return { pattern: isPassAll ? ALL_EVENTS : pattern, requestPattern: ALL_EVENTS, isPassAll };
}

/** 500, 502, 504 and 009, see `observe/request.ts`; the rest of what this matches, 000 and 509, is rare. */
const FAILED = '[05]0[0249]';
/** A try that ended in 502 or 504, anywhere in the list of `$upstream_status`. */
const FAILED_TRY = '[-0-9,: ]*50[24]';

/** A failed status in its place, and a failed try in its own, where the format has tries. */
function failuresIn(format: LogFormat): readonly string[] | null {
  const status = placeOf(format, SLOT.status);
  const before = textsBefore(status);
  if (before === null) return null;
  const failed = before.flatMap((text) =>
    textsAfter(status).map((after) => `${text}${FAILED}${after}`),
  );
  const list = placeOf(format, SLOT.upstreamStatus);
  if (list.index < 0) return failed;
  const tries = failedTries(list);
  return tries && [...failed, ...tries];
}

/** A variable of a format and what the format writes around it. */
type Place = {
  readonly format: LogFormat;
  readonly index: number;
  readonly previous: FormatField | undefined;
  readonly before: string;
  readonly after: string;
};

function placeOf(format: LogFormat, slot: number): Place {
  const index = format.fields.findIndex((field) => field.slot === slot);
  const previous = format.fields[index - 1];
  const before = previous?.literal ?? format.head;
  return { format, index, previous, before, after: format.fields[index]?.literal ?? '' };
}

/** With nothing but a blank on one side of the list, its class of characters would reach into the values beside it. */
function failedTries(place: Place): readonly string[] | null {
  const before = textsBefore(place);
  if (before === null) return null;
  if (!isBlank(place.before) && !isBlank(place.after)) {
    return before.map((text) => `${text}${FAILED_TRY}`);
  }
  const first = before.flatMap((text) => [`${text}50[24][^0-9]`, `${text}50[24]$`]);
  return [...first, '[,:] 50[24]'];
}

function isBlank(literal: string): boolean {
  return literal.trim() === '';
}

const LONGEST_LITERAL = 24;

/** What the format writes directly before a variable; `null` when that is nothing to go by. */
function textsBefore({ format, previous, before }: Place): readonly string[] | null {
  // A wrapper may stand before a status that begins the line.
  if (before === '') return previous === undefined ? ['^', '[ \\x22]'] : null;
  const literal = (/[\t -~]*$/.exec(before)?.[0] ?? '').slice(-LONGEST_LITERAL);
  if (literal === '') return null;
  const text = escapeLiteral(literal.charAt(0)) + escapeQuoted(literal.slice(1));
  // A number ends in a digit, or is the `-` that `escape=default` writes for none.
  const isAfterNumber = previous?.shape === 'number' && format.escape === 'default';
  return [isBlank(before) && isAfterNumber ? `[-0-9]${text}` : text];
}

/** What follows the status: the next literal's first characters, or anything but a digit at the end of the format. */
function textsAfter(place: Place): readonly string[] {
  const { format, index, after } = place;
  const next = format.fields[index + 1];
  // Shippers take blanks off the end of a line.
  if (next === undefined && isBlank(after)) return ['$', '[^0-9]'];
  const text = escapeQuoted(headOf(after, 4));
  const isNumber = next?.shape === 'number' && format.escape === 'default';
  if (!isNumber || !isElsewhere(place)) return [text];
  return [`${text}[-0-9.]+${escapeQuoted(headOf(next.literal, 2))}`];
}

/** The same text stands before another variable, whose value may look like a status. */
function isElsewhere({ format, index, before }: Place): boolean {
  return format.fields.some((field, at) => at !== index - 1 && field.literal.endsWith(before));
}

function headOf(literal: string, length: number): string {
  return (/^[\t -~]*/.exec(literal)?.[0] ?? '').slice(0, length);
}

/** Docker's JSON puts a backslash before a quote. */
function escapeQuoted(text: string): string {
  return text.split('"').map(escapeLiteral).join('\\x5C?\\x22');
}

function escapeLiteral(text: string): string {
  return text.replace(/[^A-Za-z0-9 :_#=@/;,-]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** From the end of a key to its value, which is a string. */
const JSON_KEY_END = '\\x5C?\\x22\\s*:\\s*\\x5C?\\x22';
/** The same before a string or a number. */
const JSON_VALUE = `${JSON_KEY_END}?`;

/**
 * In JSON lines by the ends of the keys that `parse/access-json.ts` knows: `status`, `upstream_status`, `us`;
 * `status_code`; `response`. Not a JSON pattern: a line that is no valid JSON, as NGINX writes one without
 * `escape=json` when a client sends a quote, would never match it.
 */
const JSON_FAILURES = [
  `[Uu][Ss]${JSON_VALUE}[-0-9,: ]*${FAILED}`,
  `[Oo][Dd][Ee]${JSON_VALUE}[-0-9,: ]*${FAILED}`,
  `[Nn][Ss][Ee]${JSON_VALUE}${FAILED}`,
];

/** The process and thread after the level, `2977#2977: `, are in NGINX's lines alone. */
const NGINX_PROCESS = '[0-9]+#[0-9]+: ';
const BELOW_ERROR = `\\[[win][a-z]+\\] ${NGINX_PROCESS}\\*?[0-9]* ?`;

/**
 * alert, crit, emerg, error; and of warn, info and notice the few messages that say something of an upstream or
 * of a limit (`observe/mechanism.ts`), by how they begin.
 */
const ERROR_LINES = [
  `\\[[ace][lrm][a-z]+\\] ${NGINX_PROCESS}`,
  'nginx: \\[[ace]',
  `${BELOW_ERROR}upstream `,
  `${BELOW_ERROR}client prem`,
  `${BELOW_ERROR}[a-z_]+\\x28\\x29 reported`,
  `${BELOW_ERROR}[0-9]* ?worker_conn`,
];

/** A JSON line up to the value of `message`, `msg`, `event` or `text`, or Docker's `log`. */
const JSON_MESSAGE = `^\\x7B.*[gsnxoG][egtE]${JSON_KEY_END}`;

/** No address begins so; a word that begins like a hexadecimal number is not one of those IPv6 addresses have. */
const NO_ADDRESS = [
  '[^0-9A-Fa-f: \\x5B\\x7B-]',
  '[A-Fa-f][A-Za-z0-9_.]*[G-Zg-z_]',
  // A time without brackets; a wrapper with one.
  '[0-9]+[-/]',
  // The indented lines of a traceback.
  ' [^-]',
];

/**
 * Everything but Gunicorn's and Uvicorn's access lines: those begin with an address, or with ` - - [` where there is
 * none. Of them only the failures, which NGINX passes on.
 */
const GUNICORN_LINES = [
  ...NO_ADDRESS.map((start) => `^${start}`),
  ...NO_ADDRESS.map((start) => `${JSON_MESSAGE}${start}`),
  // A header, then no address; `[Traceback …`.
  '^\\[[^0-9]',
  '^\\[.*\\] [^0-9\\x5B]',
  '^\\[.*\\] [0-9]+[^0-9.]',
  `${JSON_MESSAGE}\\[`,
  '\\x22 50[024]',
];

/** Words, and beginnings of the sentences, by which `observe/signal-system.ts` knows a line. */
const SYSTEM_LINES = [
  '[Gg]unicorn',
  '[Uu]vicorn',
  '[Hh]ypercorn',
  '[Ww][Ss][Gg][Ii]',
  '[Aa][Ss][Gg][Ii]',
  '[Dd]jango',
  '[Ff]lask',
  '[Ff]ast[Aa][Pp][Ii]',
  '[Pp]ython',
  // A header or a traceback of Gunicorn in a unit that has another name.
  '\\[[0-9]{4}-[0-9]{2}-[0-9]{2} ',
  'Traceback',
  'File \\x22',
  'Error',
  'Exception',
  'SystemExit',
  'HaltServer',
  // systemd
  '\\.service',
  '\\.socket',
  // The kernel, systemd-oomd, earlyoom
  '[Kk]illed',
  'Kill process',
  'oom-kill',
  'segfault',
  'traps: ',
  'sending SIG',
  // SELinux, AppArmor
  'avc: ',
  'apparmor',
  'SELinux',
  // Containers
  'OOM',
  'probe failed',
  'probe, will be restarted',
  'Killing container',
  'Stopping container',
  'CrashLoopBackOff',
  'ack-off restarting',
];
