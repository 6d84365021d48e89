/**
 * What CloudWatch Logs delivers to a subscribed function: `awslogs.data`, a base64 text of gzipped JSON
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html).
 *
 * The events are found by searching the decoded bytes, twice as fast as `JSON.parse`. That is done only while
 * the document looks exactly as CloudWatch writes it; on any surprise it is parsed as JSON.
 */
import { gunzipSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import type { BatchEvent, EventSource } from '../../core/ingest.ts';
import { endOfDigits } from '../../core/parse/byte-string.ts';
import { unescapeJson } from '../../core/parse/escapes.ts';

export type AwslogsBatch = {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  /** Reads the events in order. */
  readonly events: EventSource;
};

type TakeEvent = (event: BatchEvent) => void;

/** Decoded size at which a batch is refused: Lambda's asynchronous payload is 1 MB, and gzip can lie. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;
const MIN_CHUNK = 64 * 1024;

/** The `data` of an awslogs event. Throws `AppError` for another event. */
export function dataOf(event: unknown): string {
  const data = (event as { awslogs?: { data?: unknown } } | null)?.awslogs?.data;
  if (typeof data === 'string') return data;
  throw new AppError('NotAwslogs', 'the event is none of CloudWatch Logs: it has no awslogs.data', {
    hint: 'subscribe the function to log groups only',
  });
}

/** Decodes the `data` of an awslogs event. Throws `AppError` for what is no such thing. */
export function decodeAwslogs(data: string): AwslogsBatch {
  const bytes = inflate(Buffer.from(data, 'base64'));
  return readDocument(bytes) ?? parseDocument(bytes);
}

/** The JSON document. One byte more than it needs spares zlib a second, empty chunk. */
function inflate(zipped: Buffer): Buffer {
  try {
    const size = zipped.length >= 4 ? zipped.readUInt32LE(zipped.length - 4) + 1 : 0;
    const chunkSize = Math.min(Math.max(size, MIN_CHUNK), MAX_DECODED_BYTES);
    return gunzipSync(zipped, { chunkSize, maxOutputLength: MAX_DECODED_BYTES });
  } catch (cause) {
    throw new AppError('BadBatch', 'awslogs data cannot be decompressed', { cause });
  }
}

/** The text of a message found in `text` from `start` to `end`, as a byte string. */
export function unescapeMessage(text: string, start: number, end: number): string {
  const message = text.slice(start, end);
  if (!message.includes('\\')) return message;
  if (message.includes('\\u')) return unescapeJson(message);
  try {
    // The message stands between quotes already: a view, where a new text would be a copy.
    return JSON.parse(text.slice(start - 1, end + 1));
  } catch {
    return unescapeJson(message);
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const LETTER_M = 109;
const LETTER_T = 116;
const BRACE = 125;
const EVENTS = '"logEvents":[';
const ID = '{"id":"';
const TIMESTAMP = '","timestamp":';
const MESSAGE = ',"message":"';
/** What follows the message when the filter's pattern names fields: an object of strings. */
const EXTRACTED = ',"extractedFields":{';
/** Between two events. */
const NEXT = '},{"id":"';
/** Of a time between 2001 and 2286. */
const MILLISECOND_DIGITS = 13;
/** An event's fields without its message, at the most. */
const HEAD = 256;
const END = '}]}';
/** Bytes looked at as one string: larger ones are allocated outside of the young heap, and cost five times more. */
const WINDOW = 64 * 1024;

/** The document by searching, or `null` when its head does not look as usual. */
function readDocument(bytes: Buffer): AwslogsBatch | null {
  const eventsAt = bytes.subarray(0, 4_096).indexOf(EVENTS);
  if (eventsAt < 0 || !hasUsualEnd(bytes)) return null;
  const head = parseHead(`${bytes.toString('utf8', 0, eventsAt)}"logEvents":[]}`);
  if (head === null) return null;
  const start = eventsAt + EVENTS.length;
  return {
    ...head,
    events: {
      scan: (take) => scanEvents(bytes, start, take),
      parse: (take) => takeParsed(parseEvents(bytes), take),
    },
  };
}

function hasUsualEnd(bytes: Buffer): boolean {
  const end = bytes.toString('latin1', bytes.length - END.length - 1);
  return end === `"${END}` || end === `}${END}`;
}

function parseHead(json: string): Omit<AwslogsBatch, 'events'> | null {
  try {
    return headOf(JSON.parse(json));
  } catch {
    return null;
  }
}

/** Hands on the events window by window; false when one of them does not have exactly the usual fields. */
function scanEvents(bytes: Buffer, start: number, take: TakeEvent): boolean {
  const found: Found = { idAt: 0, timeAt: 0, start: 0, end: 0, text: '' };
  let size = WINDOW;
  for (let offset = start; ; ) {
    const isLast = offset + size >= bytes.length;
    found.text = bytes.toString('latin1', offset, Math.min(offset + size, bytes.length));
    const used = scanWindow(found, isLast, take);
    if (used < 0) return false;
    if (isLast) return true;
    size = used === 0 ? size * 4 : WINDOW;
    offset += used;
  }
}

type Found = { -readonly [K in keyof BatchEvent]: BatchEvent[K] };

/** Characters used up by whole events, or -1 when one is not as usual. `found` is the event handed on. */
function scanWindow(found: Found, isLast: boolean, take: TakeEvent): number {
  const { text } = found;
  if (!text.startsWith(ID)) return -1;
  let at = 0;
  for (let next = endOfEvent(found, at); next > 0; next = endOfEvent(found, at)) {
    if (at === 0 && !isOneMessage(text, found.start, found.end)) return -1;
    take(found);
    at = next;
  }
  if (!isLast) return hasRoom(found, at) ? at : -1;
  if (!findFields(found, at) || !isLastEvent(found)) return -1;
  take(found);
  return text.length;
}

/** Finds the end of the last event's message; false when the document does not end after it. */
function isLastEvent(found: Found): boolean {
  const { text } = found;
  const end = text.length - END.length;
  found.end = end - 1;
  if (text.charCodeAt(found.end) !== QUOTE) return endOfExtracted(found) === end;
  return isOneMessage(text, found.start, found.end);
}

/** Finds the event that starts at `at` and where the next one starts; 0 or less when it is cut off or not as usual. */
function endOfEvent(found: Found, at: number): number {
  if (!findFields(found, at)) return 0;
  const next = nextEvent(found.text, found.start);
  found.end = next - 3;
  if (next <= 0 || found.text.charCodeAt(found.end) === QUOTE) return next;
  // Something follows the message.
  return endOfExtracted(found) === next - 2 ? next : 0;
}

/** Finds the end of a message with `extractedFields` after it, and gives the brace that ends its event; or -1. */
function endOfExtracted(found: Found): number {
  const { text } = found;
  found.end = closingQuote(text, found.start);
  if (found.end < 0 || !text.startsWith(EXTRACTED, found.end + 1)) return -1;
  let at = found.end + 1 + EXTRACTED.length;
  if (text.charCodeAt(at) === BRACE) return at + 1;
  for (;;) {
    const keyEnd = endOfString(text, at);
    const valueEnd =
      keyEnd < 0 || text.charCodeAt(keyEnd) !== COLON ? -1 : endOfString(text, keyEnd + 1);
    if (valueEnd < 0) return -1;
    if (text.charCodeAt(valueEnd) === BRACE) return valueEnd + 1;
    if (text.charCodeAt(valueEnd) !== COMMA) return -1;
    at = valueEnd + 1;
  }
}

/** The index after the string that starts at `at`, or -1. */
function endOfString(text: string, at: number): number {
  return text.charCodeAt(at) === QUOTE ? closingQuote(text, at + 1) + 1 || -1 : -1;
}

/** An event that does not look as usual may only be cut off: at its start there is too little to tell. */
function hasRoom(found: Found, at: number): boolean {
  return findFields(found, at) || found.text.length - at < HEAD;
}

/**
 * Where the next event starts, or -1. Inside a message every quote has a backslash before it, so that what stands
 * between two events cannot stand there. A search for the brace alone is the fastest: it is rare in log lines.
 */
function nextEvent(text: string, from: number): number {
  for (let brace = text.indexOf('}', from); brace >= 0; brace = text.indexOf('}', brace + 1)) {
    if (text.charCodeAt(brace + 1) === COMMA && text.startsWith(NEXT, brace)) return brace + 2;
  }
  return -1;
}

/**
 * Finds where the fields of the event that starts at `at` start; false when it does not look as usual. Single
 * characters of the two keys are compared, without a function, since this is done for every event.
 */
function findFields(found: Found, at: number): boolean {
  const { text } = found;
  const idAt = at + ID.length;
  const idEnd = text.indexOf('"', idAt);
  const timeAt = idEnd + TIMESTAMP.length;
  const usualEnd = timeAt + MILLISECOND_DIGITS;
  const timeEnd = text.charCodeAt(usualEnd) === COMMA ? usualEnd : endOfDigits(text, timeAt);
  found.idAt = idAt;
  found.timeAt = timeAt;
  found.start = timeEnd + MESSAGE.length;
  return (
    timeEnd <= usualEnd &&
    text.charCodeAt(idEnd + 1) === COMMA &&
    text.charCodeAt(idEnd + 2) === QUOTE &&
    text.charCodeAt(idEnd + 3) === LETTER_T &&
    text.charCodeAt(timeAt - 2) === QUOTE &&
    text.charCodeAt(timeAt - 1) === COLON &&
    text.charCodeAt(timeEnd) === COMMA &&
    text.charCodeAt(timeEnd + 1) === QUOTE &&
    text.charCodeAt(timeEnd + 2) === LETTER_M &&
    text.charCodeAt(timeEnd + 9) === QUOTE &&
    text.charCodeAt(found.start - 1) === QUOTE
  );
}

/** Whether no quote closes the last message before `end`. */
function isOneMessage(text: string, start: number, end: number): boolean {
  return closingQuote(text, start) === end;
}

/** The first quote from `start` on that no backslash escapes, or -1. */
function closingQuote(text: string, start: number): number {
  let quote = text.indexOf('"', start);
  while (quote >= 0 && isEscapedAt(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote;
}

function isEscapedAt(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

/** The slow and sure way. */
function parseDocument(bytes: Buffer): AwslogsBatch {
  const document = parseJson(bytes);
  const head = headOf(document);
  const events = eventsOf(document);
  if (head === null) {
    throw new AppError('BadBatch', 'awslogs data has no logGroup, logStream and logEvents');
  }
  const parse = (take: TakeEvent) => takeParsed(events, take);
  return { ...head, events: { scan: () => false, parse } };
}

function parseEvents(bytes: Buffer): readonly unknown[] {
  return eventsOf(parseJson(bytes));
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AppError('BadBatch', 'awslogs data is not JSON', { cause });
  }
}

function eventsOf(document: unknown): readonly unknown[] {
  const events = (document as { logEvents?: unknown } | null)?.logEvents;
  if (Array.isArray(events)) return events;
  throw new AppError('BadBatch', 'awslogs data has no logEvents');
}

/** Returns how many were no events. */
function takeParsed(events: readonly unknown[], take: TakeEvent): number {
  let skipped = 0;
  for (const event of events) {
    const { id, timestamp, message } = fieldsOf(event);
    if (typeof message !== 'string' || !isTime(timestamp)) {
      skipped++;
      continue;
    }
    const head = `${typeof id === 'string' ? id : ''}${TIMESTAMP}${timestamp}`;
    const body = JSON.stringify(Buffer.from(message, 'utf8').toString('latin1')).slice(1, -1);
    const text = `${head}${MESSAGE}${body}"`;
    const start = head.length + MESSAGE.length;
    take({
      text,
      idAt: 0,
      timeAt: head.length - String(timestamp).length,
      start,
      end: text.length - 1,
    });
  }
  return skipped;
}

/** Epoch milliseconds, of at most 13 digits: later than the year 2286 no calendar's time is. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 1e13;
}

function fieldsOf(event: unknown): Record<string, unknown> {
  return typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : {};
}

function headOf(document: unknown): Omit<AwslogsBatch, 'events'> | null {
  if (typeof document !== 'object' || document === null) return null;
  const { messageType, owner, logGroup, logStream, subscriptionFilters } = document as Record<
    string,
    unknown
  >;
  if (typeof logGroup !== 'string' || typeof logStream !== 'string') return null;
  return {
    messageType: typeof messageType === 'string' ? messageType : '',
    owner: typeof owner === 'string' ? owner : '',
    logGroup,
    logStream,
    subscriptionFilters: Array.isArray(subscriptionFilters)
      ? subscriptionFilters.filter((name) => typeof name === 'string')
      : [],
  };
}
