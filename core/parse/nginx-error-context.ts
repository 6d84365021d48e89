/**
 * The context after the message of an NGINX error line: `, client: …, server: …, request: "…"…`, each field
 * `null` where it is missing (nginx http/ngx_http_request.c `ngx_http_log_error_handler`).
 */

/** `NGX_MAX_ERROR_STR` of nginx core/ngx_log.h, 2,048 with the line feed: a longer line is cut there. */
export const LONGEST_LINE = 2047;

/** The quoted fields after `server`, in the order they are written. */
const FIELDS = [
  ', request: "',
  ', subrequest: "',
  ', upstream: "',
  ', host: "',
  ', referrer: "',
] as const;

/**
 * What may follow a closing quote: also OpenResty's own field (ingress-nginx has it), and that of the stream
 * module (nginx stream/ngx_stream_handler.c).
 */
const FIELD_ENDS = [...FIELDS, ', request_id: "', ', bytes from/to client:'] as const;

/** The first letter of each of them: most are told apart by it. */
const FIRST_LETTERS = FIELD_ENDS.map((field) => field.charCodeAt(2));

type Value = string | null;

/** The fields of the context. */
export type Context = {
  readonly client: string | null;
  readonly server: string | null;
  /** As in `FIELDS`. */
  readonly values: readonly [Value, Value, Value, Value, Value];
  readonly isTruncated: boolean;
};

/** The context of a line that has none. */
export const NO_CONTEXT: Context = {
  client: null,
  server: null,
  values: [null, null, null, null, null],
  isTruncated: false,
};

/** The fields from `, client: ` on, which stands at `messageEnd`. Only client and server are not quoted. */
export function readContext(text: string, messageEnd: number): Context {
  const clientAt = messageEnd + 10;
  const clientEnd = endOfPlainField(text, clientAt);
  const client = text.slice(clientAt, clientEnd);
  const serverAt = clientEnd + 10;
  if (!text.startsWith(', server: ', clientEnd)) {
    return readFields(text, clientEnd, client, null);
  }
  const serverEnd = endOfPlainField(text, serverAt);
  return readFields(text, serverEnd, client, text.slice(serverAt, serverEnd));
}

function endOfPlainField(text: string, from: number): number {
  let end = text.indexOf(',', from);
  while (end >= 0 && text.charCodeAt(end + 1) !== 32) end = text.indexOf(',', end + 1);
  return end < 0 ? text.length : end;
}

function readFields(text: string, from: number, client: string, server: string | null): Context {
  const values: [Value, Value, Value, Value, Value] = [null, null, null, null, null];
  const cursor: Cursor = { at: from, next: fieldAt(text, from, 0) };
  let isTruncated = false;
  while (cursor.next >= 0 && cursor.next < FIELDS.length) {
    const field = cursor.next;
    const valueAt = cursor.at + (FIELDS[field] as string).length;
    const quote = endOfValue(text, valueAt, cursor);
    isTruncated = quote < 0;
    values[field] = text.slice(valueAt, isTruncated ? text.length : quote);
    cursor.at = quote + 1;
  }
  return { client, server, values, isTruncated };
}

/** Where the next field stands and which it is: an index of `FIELD_ENDS`, or -1 for none. */
type Cursor = { at: number; next: number };

/**
 * The closing quote of the value at `from` of the cursor's field, or -1 where it is cut off; moves the cursor to
 * the field after it. That is the first quote with a later field after it, or the one that ends the line.
 *
 * A client may write `", upstream: "` into the request line, but NGINX refuses one with anything after its
 * `HTTP/1.1`: of a request, the first such quote after a version counts before any other.
 */
function endOfValue(text: string, from: number, cursor: Cursor): number {
  const isRequest = cursor.next === 0;
  const later = cursor.next + 1;
  let first = -1;
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    const next = fieldAt(text, at + 1, later);
    if (next < 0 && at + 1 < text.length) continue;
    if (first < 0) {
      first = at;
      cursor.next = next;
    }
    if (!isRequest || isAfterVersion(text, at)) {
      cursor.next = next;
      return at;
    }
  }
  if (first >= 0) return first;
  cursor.next = -1;
  // Some builds append fields of their own.
  return text.length < LONGEST_LINE ? text.indexOf('", ', from) : -1;
}

/** The index in `FIELD_ENDS`, `from` or later, of the field that stands here, or -1. */
function fieldAt(text: string, at: number, from: number): number {
  if (text.charCodeAt(at) !== 44) return -1;
  const letter = text.charCodeAt(at + 2);
  for (let i = from; i < FIELD_ENDS.length; i++) {
    if (letter === FIRST_LETTERS[i] && text.startsWith(FIELD_ENDS[i] as string, at)) return i;
  }
  return -1;
}

/** Whether ` HTTP/1.1` or the like ends at `at`. */
function isAfterVersion(text: string, at: number): boolean {
  let start = at;
  while (isVersionCode(text.charCodeAt(start - 1))) start--;
  return start < at && at - start < 8 && text.startsWith(' HTTP/', start - 6);
}

/** Digits and the point between them. */
function isVersionCode(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}
