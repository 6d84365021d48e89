/** Request lines in a Gunicorn log: Gunicorn's own access log (on standard output by default) and Uvicorn's. */
import { digitAt } from './byte-string.ts';
import { parseTimeLocal, TIME_LOCAL_LENGTH } from './time.ts';

/** What Gunicorn answered, by its own log. */
export type GunicornRequest = {
  /** Epoch milliseconds, when the answer was done; `null` in Uvicorn's form, which has no time. */
  readonly at: number | null;
  /** The peer: NGINX's address, `null` where it came over a Unix socket. */
  readonly peer: string | null;
  /** The request line as sent: `GET /x HTTP/1.1`. */
  readonly request: string;
  readonly status: number;
};

/** More than a peer and two user names; the first bracket is looked for no further. */
const MAX_HEAD = 512;
const LEVEL = 'INFO:     ';

/**
 * `127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"` (Gunicorn config.py
 * `AccessLogFormat`; over a Unix socket the line starts with ` - - [`), or Uvicorn's
 * `127.0.0.1:38104 - "GET /x HTTP/1.1" 200`. `null` for anything else.
 */
export function parseGunicornAccess(text: string): GunicornRequest | null {
  const first = text.charCodeAt(0);
  const canBegin =
    first === 32 || first === 45 || first === 58 || first === 73 || isAddressStart(first);
  if (!canBegin) return null;
  return parseLogged(text) ?? parseUvicorn(text);
}

function isAddressStart(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 122);
}

function parseLogged(text: string): GunicornRequest | null {
  const head = text.slice(0, MAX_HEAD);
  const dashes = head.indexOf(' - ');
  const bracket = head.indexOf(' [');
  if (dashes < 0 || bracket < dashes || head.slice(0, dashes).includes(' ')) return null;
  const at = parseTimeLocal(text, bracket + 2);
  const quote = bracket + 2 + TIME_LOCAL_LENGTH + 2;
  if (at === null || !text.startsWith('] "', quote - 2)) return null;
  const answer = readAnswer(text, quote);
  const peer = text.slice(0, dashes);
  return answer && { at, peer: peer === '' || peer === '-' ? null : peer, ...answer };
}

function parseUvicorn(text: string): GunicornRequest | null {
  const from = text.startsWith(LEVEL) ? LEVEL.length : 0;
  const dash = text.slice(from, from + 64).indexOf(' - "');
  if (dash < 0) return null;
  const peer = text.slice(from, from + dash);
  if (peer.includes(' ')) return null;
  const answer = readAnswer(text, from + dash + 3);
  return answer && { at: null, peer: peer === '' ? null : peer, ...answer };
}

/**
 * The request from the quote at `quote` on and the status after it. Gunicorn writes `"` as `\"` and leaves
 * `\` alone (glogging.py `SafeAtoms`): an escaped quote closes only where no other does.
 */
function readAnswer(text: string, quote: number): { request: string; status: number } | null {
  if (text.charCodeAt(quote) !== 34) return null;
  const end = findClosing(text, quote + 1, false) ?? findClosing(text, quote + 1, true);
  if (end === null) return null;
  const request = text.slice(quote + 1, end).replaceAll('\\"', '"');
  return { request, status: readStatus(text, end + 2) };
}

/** The first quote that a status follows. */
function findClosing(text: string, from: number, mayBeEscaped: boolean): number | null {
  for (let end = text.indexOf('" ', from); end >= 0; end = text.indexOf('" ', end + 1)) {
    const isEscaped = text.charCodeAt(end - 1) === 92;
    if (isEscaped === mayBeEscaped && readStatus(text, end + 2) > 0) return end;
  }
  return null;
}

function readStatus(text: string, at: number): number {
  const hundreds = digitAt(text, at);
  const tens = digitAt(text, at + 1);
  const ones = digitAt(text, at + 2);
  if (hundreds < 1 || tens < 0 || ones < 0) return -1;
  const after = text.charCodeAt(at + 3);
  return Number.isNaN(after) || after === 32 ? hundreds * 100 + tens * 10 + ones : -1;
}
