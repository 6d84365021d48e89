/** How a stream's minute is written into rows of the table, and read again. */
import { EXHIBIT_LENGTH } from '../diagnose/rollup.ts';
import { AppError } from '../errors.ts';
import type {
  MechanismId,
  RequestRecord,
  UpstreamError,
  UpstreamTry,
  VisibleStatus,
} from '../model.ts';
import { MAX_BODY_BYTES } from '../table.ts';
import { hashOf, longHashOf } from './hash.ts';
import type { BackendLine, StreamMinute } from './stream-minute.ts';

/** The log stream that something came from. */
export type StreamOrigin = {
  readonly role: string;
  readonly host: string;
  /** Log group and log stream, for people. */
  readonly path: string;
};

/** A part of a batch, as it stands in one row. Parts are independent of each other. */
export type BatchPart = StreamOrigin & { readonly minute: number } & StreamMinute;

type RequestCells = readonly [
  id: string,
  at: number,
  client: string | null,
  request: string | null,
  status: number,
  tries: readonly UpstreamTry[] | null,
  requestMs: number | null,
  connection: number | null,
  nginxPid: number | null,
  line: string,
];

type ErrorCells = readonly [
  id: string,
  at: number,
  mechanism: MechanismId,
  visible: VisibleStatus,
  nginxPid: number,
  connection: number | null,
  client: string | null,
  request: string | null,
  flags: number,
  upstream: string | null,
  errno: number | null,
  message: string,
  line: string,
];

type LineCells = readonly [id: string, at: number, text: string];

type Document = {
  readonly v: 1;
  readonly role: string;
  readonly host: string;
  readonly path: string;
  readonly minute: number;
  requests?: RequestCells[];
  errors?: ErrorCells[];
  lines?: LineCells[];
  dropped?: [name: string, ids: string[]][];
  unnamed?: [name: string, count: number][];
};

/** NGINX takes request lines of 8 KB unless told otherwise (large_client_header_buffers). */
const MAX_REQUEST = 16_384;
/** Of an address; both logs' alike, so that they still meet. */
const MAX_NAME = 1_024;
const IS_SUBREQUEST = 1;
const IS_TRUNCATED = 2;
/** Cells of one row, leaving room for what is around them. */
const MAX_CELLS_BYTES = MAX_BODY_BYTES - 8_192;

/** A name for these events: the same ones always give the same. */
export function batchIdOf(path: string, minute: StreamMinute): string {
  const ids = [...minute.requests, ...minute.errors, ...minute.lines].map(({ id }) => id);
  for (const [name, dropped] of minute.dropped) ids.push(name, ...dropped);
  for (const [name, count] of minute.unnamed) ids.push(name, String(count));
  return longHashOf(`${path}\n${ids.join('\n')}`);
}

/** The bodies of the rows that hold this minute; one, unless it is large. */
export function encodeBatch(origin: StreamOrigin, minute: number, content: StreamMinute): string[] {
  const head = { v: 1 as const, role: origin.role, host: origin.host, path: origin.path, minute };
  const parts = new Parts(head);
  for (const { id, observation } of content.requests)
    parts.add('requests', requestCells(id, observation));
  for (const { id, observation } of content.errors)
    parts.add('errors', errorCells(id, observation));
  for (const { id, at, text } of content.lines) parts.add('lines', [id, at, text]);
  for (const [name, ids] of content.dropped) {
    for (let from = 0; from < ids.length; from += 5_000) {
      parts.add('dropped', [name, ids.slice(from, from + 5_000).map((id) => hashOf(id))]);
    }
  }
  for (const entry of content.unnamed) parts.add('unnamed', entry);
  return parts.finish();
}

/** Puts cells into documents that fit into a row. */
class Parts {
  readonly #head: Document;
  readonly #done: string[] = [];
  #cells = new Map<string, string[]>();
  #bytes = 0;

  constructor(head: Document) {
    this.#head = head;
  }

  add(name: keyof Document, cells: readonly unknown[]): void {
    const json = JSON.stringify(cells);
    const bytes = utf8Length(json) + 1;
    if (this.#bytes + bytes > MAX_CELLS_BYTES) this.#close();
    this.#bytes += bytes;
    const list = this.#cells.get(name);
    if (list) list.push(json);
    else this.#cells.set(name, [json]);
  }

  finish(): string[] {
    this.#close();
    return this.#done;
  }

  #close(): void {
    if (this.#cells.size === 0) return;
    const lists = [...this.#cells].map(([name, cells]) => `,"${name}":[${cells.join(',')}]`);
    this.#done.push(`${JSON.stringify(this.#head).slice(0, -1)}${lists.join('')}}`);
    this.#cells = new Map();
    this.#bytes = 0;
  }
}

const BEYOND_ASCII = /[^\0-\x7f]/;

function utf8Length(text: string): number {
  let length = text.length;
  if (!BEYOND_ASCII.test(text)) return length;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) length += 2;
  return length;
}

function requestCells(id: string, request: RequestRecord): RequestCells {
  return [
    hashOf(id),
    request.at,
    request.client?.slice(0, MAX_NAME) ?? null,
    shortened(request.request),
    request.status,
    request.tries,
    request.requestMs,
    request.connection,
    request.nginxPid,
    request.line.slice(0, EXHIBIT_LENGTH),
  ];
}

/** Both logs' request lines alike, so that they still meet. */
function shortened(request: string | null): string | null {
  return request === null ? null : request.slice(0, MAX_REQUEST);
}

function errorCells(id: string, error: UpstreamError): ErrorCells {
  return [
    hashOf(id),
    error.at,
    error.mechanism,
    error.visible,
    error.nginxPid,
    error.connection,
    error.client?.slice(0, MAX_NAME) ?? null,
    shortened(error.request),
    (error.isSubrequest ? IS_SUBREQUEST : 0) | (error.isTruncated ? IS_TRUNCATED : 0),
    error.upstream?.slice(0, MAX_NAME) ?? null,
    error.errno,
    error.message.slice(0, EXHIBIT_LENGTH),
    error.line.slice(0, EXHIBIT_LENGTH),
  ];
}

/** Reads a row's body. Throws `AppError` for one of a version that this code does not know. */
export function decodeBatch(body: string): BatchPart {
  const document: Document = JSON.parse(body);
  if (document.v !== 1) {
    throw new AppError('UnknownRecord', `a batch record has the version ${String(document.v)}`, {
      hint: 'a newer badgateway wrote it: deploy that version, or a later one',
    });
  }
  const { role, host, path, minute } = document;
  return {
    role,
    host,
    path,
    minute,
    requests: (document.requests ?? []).map((cells) => requestOf(cells, host, path)),
    errors: (document.errors ?? []).map((cells) => errorOf(cells, host, path)),
    lines: (document.lines ?? []).map(([id, at, text]): BackendLine => ({ id, at, text })),
    dropped: new Map(mergedLists(document.dropped ?? [])),
    unnamed: new Map(document.unnamed ?? []),
  };
}

function mergedLists(lists: readonly (readonly [string, string[]])[]): Map<string, string[]> {
  const merged = new Map<string, string[]>();
  for (const [name, ids] of lists) merged.set(name, [...(merged.get(name) ?? []), ...ids]);
  return merged;
}

function requestOf(cells: RequestCells, host: string, path: string) {
  const [id, at, client, request, status, tries, requestMs, connection, nginxPid, line] = cells;
  const origin = { path, lineNumber: 0 };
  const observation: RequestRecord = {
    kind: 'request',
    at,
    host,
    client,
    request,
    status,
    tries,
    requestMs,
    connection,
    nginxPid,
    origin,
    line,
  };
  return { id, observation };
}

function errorOf(cells: ErrorCells, host: string, path: string) {
  const [id, at, mechanism, visible, nginxPid, connection, client, request, flags] = cells;
  const [, , , , , , , , , upstream, errno, message, line] = cells;
  const observation: UpstreamError = {
    kind: 'upstream-error',
    at,
    host,
    mechanism,
    visible,
    nginxPid,
    connection,
    client,
    request,
    isSubrequest: (flags & IS_SUBREQUEST) !== 0,
    isTruncated: (flags & IS_TRUNCATED) !== 0,
    upstream,
    errno,
    message,
    origin: { path, lineNumber: 0 },
    line,
  };
  return { id, observation };
}
