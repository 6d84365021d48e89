/**
 * Cuts an access line into the values of its format. A value ends where its shape says NGINX ends it; text a
 * client chose ends only where all that must follow it (times, numbers, quotes) does follow, so that nothing
 * it holds can move the values after it.
 */
import { digitAt } from './byte-string.ts';
import type { FormatField, LogFormat } from './log-format.ts';
import { type Shape, SLOT, SLOTS } from './log-variables.ts';

/** A line cut by its format. */
export type Match = {
  /** The raw values, by `SLOT`; `null` for what the format or a line cut short does not have. */
  readonly values: readonly (string | null)[];
  /** How many of the format's variables the line had. */
  readonly matched: number;
  /** The index after what the format covers. */
  readonly end: number;
};

const NO_VALUES: readonly (string | null)[] = new Array(SLOTS.length).fill(null);

/**
 * The values of the line up to where it is cut short, or `null` when it is not of this format; of its first `count`
 * variables, when not all are asked for.
 */
export function matchFormat(
  format: LogFormat,
  text: string,
  count = format.fields.length,
): Match | null {
  if (!text.startsWith(format.head)) return null;
  const values = NO_VALUES.slice();
  let at = format.head.length;
  let matched = 0;
  for (; matched < count; matched++) {
    const field = format.fields[matched] as FormatField;
    const end = endOfValue(format, matched, text, at);
    if (end < 0) break;
    if (field.slot >= 0 && values[field.slot] === null) values[field.slot] = text.slice(at, end);
    at = end + field.literal.length;
  }
  return values[SLOT.status] === null ? null : { values, matched, end: at };
}

/** The end of the value of field `index` that starts at `at`, or -1. */
function endOfValue(format: LogFormat, index: number, text: string, at: number): number {
  const field = format.fields[index] as FormatField;
  if (field.shape === 'free') return endOfFree(format, index, text, at);
  return endOfShape(field, text, at);
}

/** The end of a value NGINX made itself, when the field's literal follows it; or -1. */
function endOfShape(field: FormatField, text: string, at: number): number {
  const { width } = field;
  if (width > 0) {
    return isShape(text, at, field.shape) && endsWith(field, text, at + width) ? at + width : -1;
  }
  if (at > text.length) return -1;
  if (field.shape === 'list') return endOfList(field, text, at);
  if (field.shape === 'token') return endOfToken(field, text, at);
  let end = at;
  while (isNumberCode(text.charCodeAt(end))) end++;
  return endsWith(field, text, end) ? end : -1;
}

/** Whether the literal stands here, all of it or up to the end of a line cut short. */
function endsWith(field: FormatField, text: string, at: number): boolean {
  if (text.startsWith(field.literal, at)) return true;
  return at + field.literal.length > text.length && field.literal.startsWith(text.slice(at));
}

/** Digits, `.` and `-`. */
function isNumberCode(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 45 || code === 46;
}

function isShape(text: string, at: number, shape: Shape): boolean {
  if (shape === 'status') {
    return digitAt(text, at) >= 0 && digitAt(text, at + 1) >= 0 && digitAt(text, at + 2) >= 0;
  }
  if (digitAt(text, at) < 0 || digitAt(text, at + 1) < 0) return false;
  return shape === 'time-local'
    ? text.charCodeAt(at + 2) === 47 && text.charCodeAt(at + 20) === 32
    : text.charCodeAt(at + 4) === 45 && text.charCodeAt(at + 10) === 84;
}

/** A value without blanks and quotes. A literal within it counts at its first place, a port's `:` at its last. */
function endOfToken(field: FormatField, text: string, at: number): number {
  let run = at;
  while (run < text.length && text.charCodeAt(run) !== 32 && text.charCodeAt(run) !== 34) run++;
  if (field.literal === '' || text.startsWith(field.literal, run)) return run;
  const isAddress = field.name.endsWith('_addr') && field.literal.startsWith(':');
  const found = isAddress ? text.lastIndexOf(field.literal, run) : text.indexOf(field.literal, at);
  if (found >= at && found <= run) return found;
  return endsWith(field, text, run) ? run : -1;
}

/** Entries between `, ` and ` : ` (nginx http/ngx_http_upstream.c `ngx_http_upstream_status_variable`). */
function endOfList(field: FormatField, text: string, from: number): number {
  const { literal } = field;
  let at = literal.charCodeAt(0) === 34 ? text.indexOf('"', from) : from;
  if (at < 0) at = text.length;
  while (at < text.length && text.charCodeAt(at) !== 34) {
    // A literal as short as a separator may be the start of one.
    if (literal.length > 3 && text.startsWith(literal, at)) break;
    const separator = separatorLength(text, at);
    if (separator === 0 && endsEntry(literal, text, at)) break;
    at += Math.max(1, separator);
  }
  return endsWith(field, text, at) ? at : -1;
}

function separatorLength(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 44) return text.charCodeAt(at + 1) === 32 ? 2 : 0;
  return code === 32 && text.startsWith(' : ', at) ? 3 : 0;
}

function endsEntry(literal: string, text: string, at: number): boolean {
  return text.charCodeAt(at) === 32 || (literal !== '' && text.startsWith(literal, at));
}

function endOfFree(format: LogFormat, index: number, text: string, at: number): number {
  const field = format.fields[index] as FormatField;
  if (field.literal === '') return at <= text.length ? text.length : -1;
  if (format.escape !== 'none' && field.literal.startsWith('"')) {
    const quote = endOfQuoted(format, text, at);
    return quote >= 0 && endsWith(field, text, quote) ? quote : -1;
  }
  // NGINX refuses a request line with anything after its version, so a client cannot write this end twice.
  const whole = field.slot === SLOT.request ? endOfCandidate(format, index, text, at, true) : -1;
  return whole >= 0 ? whole : endOfCandidate(format, index, text, at, false);
}

/** The first raw quote; with `escape=json` the first without a backslash of its own before it. */
function endOfQuoted(format: LogFormat, text: string, at: number): number {
  let quote = text.indexOf('"', at);
  if (format.escape === 'default') return quote;
  while (quote >= 0 && isEscaped(text, at, quote)) quote = text.indexOf('"', quote + 1);
  return quote;
}

function isEscaped(text: string, from: number, at: number): boolean {
  let before = at;
  while (before > from && text.charCodeAt(before - 1) === 92) before--;
  return (at - before) % 2 === 1;
}

/** The first place of the literal at which all that has a shape follows. */
function endOfCandidate(
  format: LogFormat,
  index: number,
  text: string,
  from: number,
  isAfterVersion: boolean,
): number {
  const { literal } = format.fields[index] as FormatField;
  for (let at = text.indexOf(literal, from); at >= 0; at = text.indexOf(literal, at + 1)) {
    if (isAfterVersion && !endsInVersion(text, at)) continue;
    if (hasShapes(format, index + 1, text, at + literal.length)) return at;
  }
  return -1;
}

/** `HTTP/1.1` before `at`. */
function endsInVersion(text: string, at: number): boolean {
  return (
    text.startsWith('HTTP/', at - 8) && digitAt(text, at - 3) >= 0 && digitAt(text, at - 1) >= 0
  );
}

/** Whether the fields from `index` on stand at `from`, up to the next one that could hold anything. */
function hasShapes(format: LogFormat, index: number, text: string, from: number): boolean {
  let at = from;
  for (let i = index; i < format.fields.length; i++) {
    const field = format.fields[i] as FormatField;
    if (field.shape === 'free' || field.shape === 'token' || field.shape === 'list') return true;
    const end = endOfShape(field, text, at);
    if (end < 0) return false;
    at = end + field.literal.length;
  }
  return true;
}
