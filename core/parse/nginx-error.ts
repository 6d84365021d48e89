/**
 * The NGINX error line, by the grammar of nginx core/ngx_log.c `ngx_log_error_core` and
 * http/ngx_http_request.c `ngx_http_log_error_handler`. Nothing in it is escaped, so a field is found by
 * where it must stand: the message ends at the first `, client: `, and the fields follow in one order.
 */
import type { NginxErrorLine } from '../model.ts';
import { detach, endOfDigits, numberAt } from './byte-string.ts';
import { LONGEST_LINE, NO_CONTEXT, readContext } from './nginx-error-context.ts';
import { parseNginxErrorTime } from './time.ts';

const WHILE = ' while ';
const NOT_RESOLVED = ' could not be resolved ';
const LEVELS = ['error', 'crit', 'warn', 'info', 'alert', 'notice', 'emerg', 'debug'];

type Head = {
  readonly localMs: number;
  readonly level: string;
  readonly pid: number;
  readonly connection: number | null;
  /** Where the message starts. */
  readonly end: number;
};

/**
 * The fields of an NGINX error line without wrappers (see `envelope.ts`), or `null` when it is none. Without a
 * time `localMs` is NaN: the form written to standard error at start-up, `nginx: [emerg] …` (its `pid` is 0),
 * and a line quoted from its level on.
 */
export function parseNginxErrorLine(line: string): NginxErrorLine | null {
  const text = line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line;
  const head = readHead(text) ?? readStartupHead(text);
  if (head === null) return null;
  const messageEnd = endOfMessage(text, head.end);
  const context = messageEnd === text.length ? NO_CONTEXT : readContext(text, messageEnd);
  const message = messageAt(text, head.end, messageEnd);
  const { values } = context;
  return {
    localMs: head.localMs,
    level: head.level,
    pid: head.pid,
    connection: head.connection,
    message: message.text,
    errno: message.errno,
    action: message.action,
    client: context.client,
    server: context.server,
    request: values[0],
    subrequest: values[1],
    upstream: values[2],
    host: values[3],
    referrer: values[4],
    isTruncated: context.isTruncated || text.length >= LONGEST_LINE,
  };
}

/** `2026/11/20 12:14:32 [error] 2977#2977: *4 `; people leave out the time when they quote a line. */
function readHead(text: string): Head | null {
  const hasTime = text.charCodeAt(0) !== 91;
  const localMs = hasTime ? parseNginxErrorTime(text) : Number.NaN;
  const levelAt = hasTime ? 21 : 1;
  if (localMs === null || (hasTime && !isPair(text, 19, 32, 91))) return null;
  const level = readLevel(text, levelAt);
  if (level === null) return null;
  const pidAt = levelAt + level.length + 2;
  const pidEnd = endOfDigits(text, pidAt);
  const tidEnd = endOfDigits(text, pidEnd + 1);
  const hasPid = pidEnd > pidAt && text.charCodeAt(pidEnd) === 35 && tidEnd > pidEnd + 1;
  if (!hasPid || !isPair(text, tidEnd, 58, 32)) return null;
  const end = tidEnd + 2;
  const numberEnd = text.charCodeAt(end) === 42 ? endOfDigits(text, end + 1) : -1;
  const hasConnection = numberEnd > end + 1 && text.charCodeAt(numberEnd) === 32;
  return {
    localMs,
    level,
    pid: numberAt(text, pidAt, pidEnd),
    connection: hasConnection ? numberAt(text, end + 1, numberEnd) : null,
    end: hasConnection ? numberEnd + 1 : end,
  };
}

/** `nginx: [emerg] `, nginx core/ngx_log.c `ngx_log_stderr`'s copy of a start-up line. */
function readStartupHead(text: string): Head | null {
  if (!text.startsWith('nginx: [')) return null;
  const level = readLevel(text, 8);
  if (level === null) return null;
  return { localMs: Number.NaN, level, pid: 0, connection: null, end: 10 + level.length };
}

/** The level whose name and `] ` stand at `at`. */
function readLevel(text: string, at: number): string | null {
  for (const level of LEVELS) {
    if (text.startsWith(level, at) && isPair(text, at + level.length, 93, 32)) return level;
  }
  return null;
}

function isPair(text: string, at: number, first: number, second: number): boolean {
  return text.charCodeAt(at) === first && text.charCodeAt(at + 1) === second;
}

function endOfMessage(text: string, from: number): number {
  const end = text.indexOf(', client: ', from);
  return end < 0 ? text.length : end;
}

/** A message and what is read from it alone. */
type Message = {
  readonly text: string;
  readonly errno: number | null;
  readonly action: string | null;
};

/** One failure has few messages and they come again and again: the last one of each length is kept. */
const LONGEST_KEPT = 256;
const lastMessages: (Message | undefined)[] = new Array(LONGEST_KEPT + 1).fill(undefined);

function messageAt(text: string, from: number, end: number): Message {
  const view = text.slice(from, end);
  const last = view.length > LONGEST_KEPT ? undefined : lastMessages[view.length];
  if (last?.text === view) return last;
  const message = readMessage(view.length > LONGEST_KEPT ? view : detach(view));
  if (view.length <= LONGEST_KEPT) lastMessages[view.length] = message;
  return message;
}

function readMessage(text: string): Message {
  const whileAt = text.lastIndexOf(WHILE);
  return {
    text,
    errno: readErrno(text, 0, whileAt < 0 ? text.length : whileAt),
    action: whileAt < 0 ? null : text.slice(whileAt + WHILE.length),
  };
}

/** The number of ` (N: text)` directly before the action. Resolver errors look the same and are DNS codes. */
function readErrno(text: string, from: number, end: number): number | null {
  if (text.charCodeAt(end - 1) !== 41) return null;
  let open = end - 2;
  while (open > from && text.charCodeAt(open) !== 40) open--;
  const digitsEnd = endOfDigits(text, open + 1);
  if (open <= from || digitsEnd === open + 1 || !isPair(text, digitsEnd, 58, 32)) return null;
  const isDns = text.charCodeAt(open - 2) === 100;
  if (isDns && text.startsWith(NOT_RESOLVED, open - NOT_RESOLVED.length)) return null;
  const errno = numberAt(text, open + 1, digitsEnd);
  return errno <= 0xffffffff ? errno : null;
}
