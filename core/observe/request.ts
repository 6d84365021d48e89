import type { LineOrigin, RequestRecord, UpstreamTry } from '../model.ts';
import { digitAt } from '../parse/byte-string.ts';
import type { LogFormat, StatusAnchor } from '../parse/log-format.ts';
import { type AccessFields, parseAccessLine } from '../parse/nginx-access.ts';

/** Where an access line comes from. */
export type AccessLineContext = { readonly host: string; readonly origin: LineOrigin };

/**
 * The request an unwrapped access line tells of, when it may be a failure: its status is 500, 502, 504 or 009,
 * or a client got something else below 500 after a try that ended in 502 or 504. `null` for every other
 * line, and for one that is not of the format.
 */
export function observeAccessLine(
  format: LogFormat,
  text: string,
  context: AccessLineContext,
): RequestRecord | null {
  if (isSurelyFine(format, text)) return null;
  const fields = parseAccessLine(format, text);
  return fields && observeAccessFields(fields, text, context);
}

/** The same for a line that is parsed already; `line` is kept as the evidence. */
export function observeAccessFields(
  fields: AccessFields,
  line: string,
  context: AccessLineContext,
): RequestRecord | null {
  if (!isFailure(fields.status) && !isHiddenFailure(fields)) return null;
  return {
    kind: 'request',
    at: fields.at,
    host: context.host,
    client: fields.remoteAddr,
    request: fields.request,
    status: fields.status,
    tries: fields.tries,
    requestMs: fields.requestTimeMs,
    connection: fields.connection,
    nginxPid: fields.pid,
    origin: context.origin,
    line,
  };
}

/** 009 is NGINX's status for an answer that is not HTTP (`causes.md` A4). */
function isFailure(status: number): boolean {
  return status === 502 || status === 504 || status === 500 || status === 9;
}

function isHiddenFailure(fields: AccessFields): boolean {
  return fields.status < 500 && fields.tries !== null && fields.tries.some(isFailedTry);
}

function isFailedTry(one: UpstreamTry): boolean {
  return one.status === 502 || one.status === 504;
}

/** A look at the status alone, and at whether a failed try could stand anywhere in the line. */
function isSurelyFine(format: LogFormat, text: string): boolean {
  const at = format.statusAnchor === null ? -1 : anchoredAt(text, format.statusAnchor);
  const status = at < 0 ? -1 : statusAt(text, at);
  if (status < 0 || isFailure(status)) return false;
  return !format.hasTries || (text.indexOf('502') < 0 && text.indexOf('504') < 0);
}

function anchoredAt(text: string, anchor: StatusAnchor): number {
  if ('needle' in anchor) {
    const found = text.indexOf(anchor.needle);
    return found < 0 ? -1 : found + anchor.needle.length;
  }
  let quote = -1;
  for (let left = anchor.quotes; left > 0; left--) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return -1;
  }
  return quote + 1 + anchor.skip;
}

/** Three digits and no fourth, or -1. */
function statusAt(text: string, at: number): number {
  const [hundreds, tens, ones] = [digitAt(text, at), digitAt(text, at + 1), digitAt(text, at + 2)];
  if (hundreds < 0 || tens < 0 || ones < 0 || digitAt(text, at + 3) >= 0) return -1;
  return hundreds * 100 + tens * 10 + ones;
}
