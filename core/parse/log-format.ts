/** Any NGINX `log_format`, compiled into what `nginx-access.ts` reads lines with. */
import { AppError } from '../errors.ts';
import type { Escape } from './escapes.ts';
import { type FormatPart, readEscape, readFormatSource, splitFormat } from './log-format-source.ts';
import { type Shape, SLOT, variableOf, widthOf } from './log-variables.ts';

/** Where a scanner of bytes finds the status without parsing the line. */
export type StatusAnchor =
  /** `skip` bytes lie between the `quotes`-th double quote of the line and the status. */
  | { readonly quotes: number; readonly skip: number }
  /** The status follows the first `needle` of the line, possibly after a blank and a quote. */
  | { readonly needle: string };

/** One variable of a format. */
export type FormatField = {
  readonly name: string;
  /** The index in `SLOTS` of a value that is kept, or -1. */
  readonly slot: number;
  readonly shape: Shape;
  /** The length of a value that always has the same one, else 0. */
  readonly width: number;
  /** The text between this variable and the next. */
  readonly literal: string;
};

/** A compiled format, for `parseAccessLine`. */
export type LogFormat = {
  /** `json` finds the values by the keys of JSON lines; `text` by `fields`. */
  readonly kind: 'text' | 'json';
  readonly source: string;
  readonly escape: Escape;
  /** The text before the first variable. */
  readonly head: string;
  readonly fields: readonly FormatField[];
  /** How many of the fields have to be read for all values that are kept. */
  readonly wanted: number;
  /** `null` when no place is safe: a client could write text that moves it. */
  readonly statusAnchor: StatusAnchor | null;
  /** Lines may hold the status of every upstream try. */
  readonly hasTries: boolean;
};

/** May follow another variable directly, and belongs to it then: `$host$request_uri`, `$uri$is_args$args`. */
const URI_PARTS = ['request_uri', 'uri', 'document_uri', 'is_args', 'args', 'query_string'];

/**
 * Compiles a format string, or a whole `log_format …;` directive whose own `escape=` counts before `escaping`.
 * Throws an `AppError` with code `BadLogFormat` for a format that lines cannot be read or placed in time by.
 */
export function compileLogFormat(source: string, escaping: Escape = 'default'): LogFormat {
  const read = readFormatSource(source);
  const how = read.escape ?? readEscape(escaping);
  const parts = splitFormat(read.text);
  const first = parts[0];
  const head = first?.kind === 'text' ? first.text : '';
  const fields = mergeUris(readFields(head === '' ? parts : parts.slice(1)));
  checkFields(read.text, fields);
  return {
    kind: 'text',
    source: read.text,
    escape: how,
    head,
    fields,
    wanted: fields.findLastIndex((field) => field.slot >= 0) + 1,
    statusAnchor: anchorOf(head, fields, how),
    hasTries: hasSlot(fields, SLOT.upstreamStatus),
  };
}

function readFields(parts: readonly FormatPart[]): FormatField[] {
  const fields: FormatField[] = [];
  parts.forEach((part, index) => {
    if (part.kind === 'text') return;
    const next = parts[index + 1];
    const literal = next?.kind === 'text' ? next.text : '';
    const { slot, shape } = variableOf(part.name);
    fields.push({ name: part.name, slot, shape, width: widthOf(shape), literal });
  });
  return fields;
}

function mergeUris(fields: readonly FormatField[]): FormatField[] {
  const merged: FormatField[] = [];
  for (const field of fields) {
    const before = merged.at(-1);
    const isPart = before?.literal === '' && URI_PARTS.includes(field.name);
    if (before === undefined || !isPart || before.width > 0) merged.push(field);
    else merged[merged.length - 1] = joinUri(before, field);
  }
  return merged;
}

function joinUri(before: FormatField, part: FormatField): FormatField {
  return {
    name: `${before.name}$${part.name}`,
    slot: before.slot === SLOT.uri ? before.slot : part.slot,
    shape: 'free',
    width: 0,
    literal: part.literal,
  };
}

function hasSlot(fields: readonly FormatField[], ...slots: readonly number[]): boolean {
  return fields.some((field) => slots.includes(field.slot));
}

function checkFields(text: string, fields: readonly FormatField[]): void {
  if (fields.length === 0) {
    throw bad(
      `the log format "${text}" has no variable: give the string of nginx.conf's log_format, or one of ${Object.keys(FORMAT_STRINGS).join(', ')}`,
    );
  }
  if (!hasSlot(fields, SLOT.status)) {
    throw bad(`the log format "${text}" has no $status: failures cannot be told without it`);
  }
  if (!hasSlot(fields, SLOT.timeLocal, SLOT.timeIso, SLOT.msec)) {
    throw bad(
      `the log format "${text}" has no time: add $time_local, $time_iso8601 or $msec to read it`,
    );
  }
  fields.slice(0, -1).forEach((field, index) => {
    if (field.literal !== '' || field.width > 0) return;
    throw bad(
      `nothing stands between $${field.name} and $${fields[index + 1]?.name} in the log format: where one value ends and the next starts cannot be told`,
    );
  });
}

function bad(message: string): AppError {
  return new AppError('BadLogFormat', message);
}

/**
 * With `escape=default` no value holds a raw quote, so quotes can be counted; with `escape=json` every quote
 * in a value has a backslash before it, so `"status":` is the key.
 */
function anchorOf(head: string, fields: readonly FormatField[], how: Escape): StatusAnchor | null {
  const index = fields.findIndex((field) => field.slot === SLOT.status);
  const literals = [head, ...fields.slice(0, index).map((field) => field.literal)];
  if (how === 'default') return quoteAnchor(literals);
  return how === 'json' ? needleAnchor(literals) : null;
}

function quoteAnchor(literals: readonly string[]): StatusAnchor | null {
  const last = literals.at(-1) ?? '';
  const quote = last.lastIndexOf('"');
  const isFirstInLine = literals.length === 1;
  if (quote < 0 && !isFirstInLine) return null;
  const quotes = literals.join('').split('"').length - 1;
  return { quotes, skip: last.length - quote - 1 };
}

/** The key and colon before the status, when no other literal holds them and no value can make them up. */
function needleAnchor(literals: readonly string[]): StatusAnchor | null {
  const needle = /"[^"]*"\s*:\s*"?$/.exec(literals.at(-1) ?? '')?.[0];
  if (needle === undefined) return null;
  const isOnly = literals.join('\n').indexOf(needle) === literals.join('\n').length - needle.length;
  const isMadeUp = literals.slice(1).some((literal) => /^"?\s*:/.test(literal));
  return isOnly && !isMadeUp ? { needle } : null;
}

const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

const FORMAT_STRINGS = {
  /** nginx http/modules/ngx_http_log_module.c `ngx_http_combined_fmt`. */
  combined: COMBINED,
  /** The `main` of the nginx.conf that nginx.org's packages and images install. */
  main: `${COMBINED} "$http_x_forwarded_for"`,
  /** The format badgateway recommends: it joins every failure to its error line exactly. */
  badgateway: `${COMBINED} rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" pid=$pid c=$connection cr=$connection_requests ms=$msec rid=$request_id`,
  /** The default `upstreaminfo` of ingress-nginx. */
  ingress: `${COMBINED} $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`,
} as const;

const JSON_BY_KEY: LogFormat = {
  kind: 'json',
  source: 'json',
  escape: 'json',
  head: '',
  fields: [],
  wanted: 0,
  statusAnchor: null,
  hasTries: true,
};

/** The formats known by name; `json` is any JSON access log whose keys have common names. */
export const NAMED_FORMATS: Readonly<Record<string, LogFormat>> = Object.assign(
  Object.create(null),
  Object.fromEntries(
    Object.entries(FORMAT_STRINGS).map(([name, text]) => [name, compileLogFormat(text)]),
  ),
  { json: JSON_BY_KEY },
);
