/**
 * What CloudWatch Logs delivers to a subscribed function: `awslogs.data`, a base64 text of gzipped JSON
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html).
 *
 * The events are found by searching the decoded bytes, twice as fast as `JSON.parse`. That is done only while
 * the document looks exactly as CloudWatch writes it; on any surprise it is parsed as JSON.
 */
import { gunzipSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import type { BatchEvent, EventReader } from '../../core/ingest.ts';
import { endOfDigits } from '../../core/parse/byte-string.ts';
import { unescapeJson } from '../../core/parse/escapes.ts';

export type AwslogsBatch = {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  /** Reads the events in order. */
  readonly events: EventReader;
};

/** Decoded size at which a batch is refused: Lambda's asynchronous payload is 1 MB, and gzip can lie. */
export const MAX_DECODED_BYTES = 64 * 1024 * 1024;
const MIN_CHUNK = 64 * 1024;

/** Decodes the `data` of an awslogs event. Throws `AppError` for what is no such thing. */
export function decodeAwslogs(data: string): AwslogsBatch {
  const text = inflate(Buffer.from(data, 'base64'));
  return readDocument(text) ?? parseDocument(text);
}

/** The JSON document as a byte string. */
function inflate(zipped: Buffer): string {
  try {
    const size = zipped.length >= 4 ? zipped.readUInt32LE(zipped.length - 4) : 0;
    const chunkSize = Math.min(Math.max(size, MIN_CHUNK), MAX_DECODED_BYTES);
    const bytes = gunzipSync(zipped, { chunkSize, maxOutputLength: MAX_DECODED_BYTES });
    return bytes.toString('latin1');
  } catch (cause) {
    throw new AppError('BadBatch', 'awslogs data cannot be decompressed', { cause });
  }
}

/** The text of a message found in `text` from `start` to `end`, as a byte string. */
export function unescapeMessage(text: string, start: number, end: number): string {
  const message = text.slice(start, end);
  if (!message.includes('\\')) return message;
  return message.includes('\\u') ? unescapeJson(message) : JSON.parse(`"${message}"`);
}

const QUOTE = 34;
const EVENTS = '"logEvents":[';
const ID = '{"id":"';
const TIMESTAMP = '","timestamp":';
const MESSAGE = ',"message":"';
/** Between two events. Inside a message every quote has a backslash before it, so this cannot stand there. */
const NEXT = '},{"id":"';

/** The document by searching, or `null` when it does not look as usual. */
function readDocument(text: string): AwslogsBatch | null {
  const eventsAt = text.indexOf(EVENTS);
  if (eventsAt < 0 || eventsAt > 4_096 || !text.endsWith('"}]}')) return null;
  const head = parseHead(`${text.slice(0, eventsAt)}"logEvents":[]}`);
  const places = head && findEvents(text, eventsAt + EVENTS.length);
  return head && places && { ...head, events: (take) => takeFound(text, places, take) };
}

function parseHead(json: string): Omit<AwslogsBatch, 'events'> | null {
  try {
    return headOf(JSON.parse(json));
  } catch {
    return null;
  }
}

/**
 * Where the events stand: for each the start of its id, of its timestamp and of its message, and the end of its
 * message. `null` unless every event has exactly the three usual fields in the usual order.
 */
function findEvents(text: string, start: number): number[] | null {
  const places: number[] = [];
  for (let at = start; ; ) {
    const idAt = at + ID.length;
    const idEnd = text.indexOf('"', idAt);
    const timeAt = idEnd + TIMESTAMP.length;
    const messageAt = endOfDigits(text, timeAt) + MESSAGE.length;
    if (!text.startsWith(ID, at) || !text.startsWith(TIMESTAMP, idEnd)) return null;
    if (!text.startsWith(MESSAGE, messageAt - MESSAGE.length)) return null;
    const next = text.indexOf(NEXT, messageAt);
    if (next < 0) {
      places.push(idAt, timeAt, messageAt, text.length - 4);
      return isOneMessage(text, messageAt) ? places : null;
    }
    if (text.charCodeAt(next - 1) !== QUOTE) return null;
    places.push(idAt, timeAt, messageAt, next - 1);
    at = next + 2;
  }
}

/** Whether no quote closes the last message before the document ends. */
function isOneMessage(text: string, start: number): boolean {
  let quote = text.indexOf('"', start);
  while (quote >= 0 && isEscapedAt(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === text.length - 4;
}

function isEscapedAt(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

function takeFound(
  text: string,
  places: readonly number[],
  take: (event: BatchEvent) => void,
): void {
  for (let index = 0; index < places.length; index += 4) {
    const idAt = places[index] as number;
    const timeAt = places[index + 1] as number;
    const start = places[index + 2] as number;
    const end = places[index + 3] as number;
    const id = text.slice(idAt, timeAt - TIMESTAMP.length);
    take({ id, timestamp: Number(text.slice(timeAt, start - MESSAGE.length)), text, start, end });
  }
}

/** The slow and sure way. */
function parseDocument(text: string): AwslogsBatch {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
  } catch (cause) {
    throw new AppError('BadBatch', 'awslogs data is not JSON', { cause });
  }
  const head = headOf(document);
  const events = (document as { logEvents?: unknown } | null)?.logEvents;
  if (head === null || !Array.isArray(events)) {
    throw new AppError('BadBatch', 'awslogs data has no logGroup, logStream and logEvents');
  }
  return { ...head, events: (take) => takeParsed(events, take) };
}

function takeParsed(events: readonly unknown[], take: (event: BatchEvent) => void): void {
  for (const event of events) {
    if (typeof event !== 'object' || event === null) continue;
    const { id, timestamp, message } = event as Record<string, unknown>;
    if (typeof id !== 'string' || typeof timestamp !== 'number' || typeof message !== 'string') {
      continue;
    }
    const text = JSON.stringify(Buffer.from(message, 'utf8').toString('latin1')).slice(1, -1);
    take({ id, timestamp, text, start: 0, end: text.length });
  }
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
