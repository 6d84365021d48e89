import { unescapeJson } from './escapes.ts';

/** More keys than any log writer puts in one line. */
const MAX_FIELDS = 256;
const MAX_DEPTH = 4;

type Cursor = {
  readonly text: string;
  at: number;
  /** The first backslash at or after `at`, found once and not for every string. */
  backslash: number;
};

/**
 * The fields of a line that is one JSON object, as byte strings: keys of objects in it are joined with
 * dots, arrays stay raw text, numbers and literals are as written. `null` when the line is no object.
 *
 * Not `JSON.parse`, on purpose: it must keep raw bytes apart from `\u` escapes, and read what NGINX writes
 * where JSON forbids it (`"time":,`, `"times":0.1, 0.2`, `\x22`, a line cut short). A key given twice keeps
 * its first value.
 */
export function readJsonFields(text: string): ReadonlyMap<string, string> | null {
  const cursor = { text, at: 0, backslash: -1 };
  skipSpace(cursor);
  if (text.charCodeAt(cursor.at) !== 123) return null;
  const fields = new Map<string, string>();
  readObject(cursor, '', fields, 1);
  return fields;
}

/** Reads from `{` to after its `}`, or to the end of what can be understood. */
function readObject(
  cursor: Cursor,
  prefix: string,
  fields: Map<string, string>,
  depth: number,
): void {
  cursor.at++;
  while (fields.size < MAX_FIELDS) {
    skipSpace(cursor, 44);
    if (cursor.text.charCodeAt(cursor.at) === 125) {
      cursor.at++;
      return;
    }
    if (cursor.text.charCodeAt(cursor.at) !== 34) break;
    const key = prefix + readString(cursor);
    skipSpace(cursor);
    if (cursor.text.charCodeAt(cursor.at) !== 58) break;
    cursor.at++;
    skipSpace(cursor);
    readValue(cursor, key, fields, depth);
  }
  cursor.at = cursor.text.length;
}

function readValue(cursor: Cursor, key: string, fields: Map<string, string>, depth: number): void {
  const first = cursor.text.charCodeAt(cursor.at);
  if (first === 123 && depth < MAX_DEPTH) {
    readObject(cursor, `${key}.`, fields, depth + 1);
    return;
  }
  const value = first === 34 ? readString(cursor) : readRaw(cursor, first);
  if (!fields.has(key)) fields.set(key, value);
}

/** From a quote to after the closing one (or the end of a line cut short); the decoded inside. */
function readString(cursor: Cursor): string {
  const { text } = cursor;
  const from = cursor.at + 1;
  let quote = text.indexOf('"', from);
  let backslash = nextBackslash(cursor, from);
  const isEscaped = quote < 0 || backslash < quote;
  while (quote >= 0 && backslash < quote) {
    const after = backslash + 2;
    if (after > quote) quote = text.indexOf('"', after);
    backslash = nextBackslash(cursor, after);
  }
  const end = quote < 0 ? text.length : quote;
  cursor.at = end + 1;
  const inside = text.slice(from, end);
  return isEscaped ? unescapeJson(inside) : inside;
}

function nextBackslash(cursor: Cursor, from: number): number {
  if (cursor.backslash < from) {
    const found = cursor.text.indexOf('\\', from);
    cursor.backslash = found < 0 ? cursor.text.length : found;
  }
  return cursor.backslash;
}

/** An array or a deep object as raw text; a bare value up to the comma before the next key. */
function readRaw(cursor: Cursor, first: number): string {
  const from = cursor.at;
  if (first === 91 || first === 123) skipNested(cursor);
  else skipBare(cursor);
  return cursor.text.slice(from, cursor.at).trimEnd();
}

function skipNested(cursor: Cursor): void {
  let depth = 0;
  do {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 34) {
      readString(cursor);
      continue;
    }
    if (code === 91 || code === 123) depth++;
    if (code === 93 || code === 125) depth--;
    cursor.at++;
  } while (depth > 0 && cursor.at < cursor.text.length);
  cursor.at = Math.min(cursor.at, cursor.text.length);
}

/** `0.1, 0.2` is one value: a comma ends it only before a quote. */
function skipBare(cursor: Cursor): void {
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === 125) return;
    if (code !== 44) continue;
    const comma = cursor.at++;
    skipSpace(cursor);
    const next = cursor.text.charCodeAt(cursor.at);
    cursor.at = comma;
    if (next === 34 || next === 125) return;
  }
}

/** Moves past blanks, and past `also` where that character separates. */
function skipSpace(cursor: Cursor, also = 32): void {
  for (; ; cursor.at++) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 32 && code !== also && code !== 9) return;
  }
}
