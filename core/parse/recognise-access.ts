/** Tells an access log's format from its first lines. */
import { readJsonAccess, statusKeyOf } from './access-json.ts';
import { endOfDigits } from './byte-string.ts';
import { readJsonFields } from './json-line.ts';
import {
  compileLogFormat,
  type LogFormat,
  NAMED_FORMATS,
  type StatusAnchor,
} from './log-format.ts';
import { SLOT } from './log-variables.ts';
import { matchFormat } from './match-format.ts';
import { parseAccessLine } from './nginx-access.ts';

/** A format, and what to call it when talking to people. */
export type RecognisedFormat = { readonly format: LogFormat; readonly name: string };

const MOST_SAMPLES = 200;

/** The fuller first: every line of theirs is one of `combined` with something after it, too. */
const NAMES = ['badgateway', 'ingress', 'main', 'combined'];

const REQUEST = '"$request" $status';

/** What people make of `combined`: a host first, another time, more or less before the time. */
const RELATIVES: readonly (readonly [name: string, source: string])[] = [
  ['combined after a host', `$host ${NAMED_FORMATS.combined?.source}`],
  ...['$time_local', '$time_iso8601'].flatMap((time): [string, string][] => [
    ['like combined', `$remote_addr $other[${time}] ${REQUEST}`],
    ['like combined', `$remote_addr $other[${time}]  ${REQUEST}`],
    ['like combined', `[${time}] $remote_addr $other${REQUEST}`],
  ]),
];

/** What people append fields of their own to. */
const EXTENDED = new Set(['main', 'combined']);

/** What people call the values they append as `key=value`. */
const EXTRA_KEYS: ReadonlyMap<string, string> = new Map([
  ['rt', 'request_time'],
  ['request_time', 'request_time'],
  ['uct', 'upstream_connect_time'],
  ['upstream_connect_time', 'upstream_connect_time'],
  ['uht', 'upstream_header_time'],
  ['upstream_header_time', 'upstream_header_time'],
  ['urt', 'upstream_response_time'],
  ['upstream_response_time', 'upstream_response_time'],
  ['us', 'upstream_status'],
  ['upstream_status', 'upstream_status'],
  ['upstream_addr', 'upstream_addr'],
  ['upstream', 'upstream_addr'],
  ['pid', 'pid'],
  ['connection', 'connection'],
  ['msec', 'msec'],
  ['rid', 'request_id'],
  ['request_id', 'request_id'],
  ['host', 'host'],
]);

/**
 * The format most of the sample lines (without wrappers) have in full, with a name for people; `null` when none
 * fits more than half of them. What people make of `combined` is found too, and fields after it that are
 * written as `urt=0.1` or `urt="0.1"` are read.
 */
export function recogniseAccessFormat(samples: readonly string[]): RecognisedFormat | null {
  const lines = samples.filter((line) => line.trim() !== '').slice(0, MOST_SAMPLES);
  const json = recogniseJson(lines);
  if (json !== null) return json;
  for (const name of NAMES) {
    const format = NAMED_FORMATS[name];
    if (format && isMostly(lines, format)) {
      return EXTENDED.has(name) ? withExtras(lines, format, name) : { format, name };
    }
  }
  for (const [name, source] of RELATIVES) {
    const format = compileLogFormat(source);
    if (isMostly(lines, format)) return withExtras(lines, format, name);
  }
  return null;
}

/** Whether more than half of the lines have every variable of the format. */
function isMostly(lines: readonly string[], format: LogFormat): boolean {
  let whole = 0;
  for (const line of lines) {
    if (matchFormat(format, line)?.matched === format.fields.length) whole++;
  }
  return whole * 2 > lines.length;
}

function withExtras(lines: readonly string[], format: LogFormat, name: string): RecognisedFormat {
  const sample = lines.find((line) => trailing(format, line) !== '');
  if (sample === undefined) return { format, name };
  const named = extraFormat(format, trailing(format, sample));
  return named !== null && isMostly(lines, named)
    ? { format: named, name: `${name} and named fields` }
    : { format, name: `${name} and more` };
}

function trailing(format: LogFormat, line: string): string {
  const match = matchFormat(format, line);
  return match?.matched === format.fields.length ? line.slice(match.end) : '';
}

/** The format with what the trailing text of one line shows: ` rt=0.1 urt="0.1" "quoted" plain`. */
function extraFormat(format: LogFormat, text: string): LogFormat | null {
  let source = format.source;
  let at = 0;
  let isKnown = false;
  while (at === 0 || text.charCodeAt(at) === 32) {
    const from = text.charCodeAt(at) === 32 ? at + 1 : at;
    const keyEnd = endOfKey(text, from);
    const isQuoted = text.charCodeAt(keyEnd) === 34;
    const key = text.slice(from, keyEnd);
    const end = isQuoted ? text.indexOf('"', keyEnd + 1) + 1 : endOfPlain(text, keyEnd);
    if (end <= keyEnd) break;
    const variable = EXTRA_KEYS.get(key.slice(0, -1));
    isKnown ||= variable !== undefined;
    const value = `\${${variable ?? 'other'}}`;
    source += text.slice(at, keyEnd) + (isQuoted ? `"${value}"` : value);
    at = end;
  }
  return isKnown ? compileLogFormat(source) : null;
}

/** The index after `key=`, or `from` when there is no key. */
function endOfKey(text: string, from: number): number {
  let end = from;
  while (/[\w-]/.test(text.charAt(end))) end++;
  return text.charAt(end) === '=' ? end + 1 : from;
}

function endOfPlain(text: string, from: number): number {
  const end = text.indexOf(' ', from);
  return end < 0 ? text.length : end;
}

function recogniseJson(lines: readonly string[]): RecognisedFormat | null {
  const json = NAMED_FORMATS.json;
  if (json === undefined) return null;
  const whole = lines.filter((line) => parseAccessLine(json, line) !== null);
  if (whole.length * 2 <= lines.length) return null;
  const hasTries = whole.some((line) => readJsonAccess(line)?.[SLOT.upstreamStatus] !== null);
  return { format: { ...json, hasTries, statusAnchor: anchorOf(whole) }, name: 'json' };
}

/** The key of the status as these lines write it, when it is always the first of its name in a line. */
function anchorOf(lines: readonly string[]): StatusAnchor | null {
  const key = statusKeyOf(lines[0] ?? '');
  const needle = key === null || key.includes('.') ? null : `"${key}":`;
  if (needle === null) return null;
  return lines.every((line) => isStatusAfter(needle, line)) ? { needle } : null;
}

function isStatusAfter(needle: string, line: string): boolean {
  const from = line.indexOf(needle) + needle.length;
  const status = readJsonFields(line)?.get(needle.slice(1, -2));
  let at = from;
  while (at < from + 3 && endOfDigits(line, at) === at) at++;
  return (
    line.includes(needle) &&
    status !== undefined &&
    line.slice(at, endOfDigits(line, at)) === status
  );
}
