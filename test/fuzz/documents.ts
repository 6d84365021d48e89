/** CloudWatch Logs documents, as they are and as they might one day be, and whether both ways to read them agree. */
import { gzipSync } from 'node:zlib';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { type FoldedBatch, foldBatch, timeOfEvent } from '../../core/ingest.ts';
import type { LogRole } from '../../core/model.ts';
import type { Random } from './random.ts';

type Told = { readonly id: string; readonly timestamp: number; readonly message: string };

/** The JSON of these messages, as CloudWatch writes it or nearly so. Messages and JSON are byte strings. */
export function makeDocument(messages: readonly string[], random: Random): string {
  const logEvents = messages.map((message, index) => makeEvent(message, index, random));
  const head = { messageType: 'DATA_MESSAGE', owner: '123456789012', logGroup: '/a/error' };
  const more = { logStream: 'i-0a1b2c', subscriptionFilters: ['all'] };
  const document = random.chance(0.9)
    ? { ...head, ...more, logEvents }
    : { logEvents, ...head, ...more };
  const json = JSON.stringify(document, null, random.chance(0.95) ? 0 : 1);
  return Buffer.from(random.chance(0.8) ? json : edit(json, random), 'utf8').toString('latin1');
}

function makeEvent(bytes: string, index: number, random: Random): object {
  const message = Buffer.from(bytes, 'latin1').toString('utf8');
  const id = random.chance(0.95) ? String(index).padStart(56, '3') : String(index);
  const timestamp = random.chance(0.95) ? 1_795_222_286_855 + index : random.below(10_000);
  const usual = { id, timestamp, message };
  if (random.chance(0.97)) return usual;
  const odd = [
    { id, message, timestamp },
    { ...usual, extractedFields: {} },
    { ...usual, id: '"' },
  ];
  return random.pick(odd);
}

/** A few characters put in, taken out or escaped in another way. */
function edit(json: string, random: Random): string {
  const at = random.below(json.length);
  const edits = [
    json.slice(0, at) + random.pick(['"', '\\', '}', ',', '{', ' ', '\\u0041']) + json.slice(at),
    json.slice(0, at) + json.slice(at + 1 + random.below(3)),
    json.replaceAll('/', '\\/'),
    json.replaceAll('\\"', '\\u0022'),
    json.replaceAll('},{', '}, {'),
    json.replaceAll('a', '\\u0061'),
  ];
  return random.pick(edits);
}

/** What a function is sent for this document (a byte string). */
export function packDocument(document: string): string {
  return gzipSync(Buffer.from(document, 'latin1'), { level: 1 }).toString('base64');
}

/** Throws when the quick reading of a document says something else than `JSON.parse`. */
export function checkReadings(data: string, document: string): void {
  const { events } = decodeAwslogs(data);
  const scanned: Told[] = [];
  const isScanned = events.scan((event) => {
    const { text, idAt, start, end } = event;
    const message = unescapeMessage(text, start, end);
    const id = unescapeMessage(text, idAt, text.indexOf('"', idAt));
    scanned.push({ id, timestamp: timeOfEvent(event), message });
  });
  const parsed = isScanned ? tellParsed(document) : null;
  if (parsed === null || JSON.stringify(parsed) === JSON.stringify(scanned)) return;
  const index = parsed.findIndex((one, at) => JSON.stringify(one) !== JSON.stringify(scanned[at]));
  const [wanted, got] = [parsed[index], scanned[Math.max(0, index)]];
  throw new Error(`event ${index}: ${JSON.stringify(wanted)} was read as ${JSON.stringify(got)}`);
}

/** `null` for what is no JSON at all, which nobody sends. */
function tellParsed(document: string): Told[] | null {
  try {
    const read = JSON.parse(Buffer.from(document, 'latin1').toString('utf8')) as {
      readonly logEvents: readonly Told[];
    };
    return read.logEvents.map(({ id, timestamp, message }) => ({
      id,
      timestamp,
      message: Buffer.from(message, 'utf8').toString('latin1'),
    }));
  } catch {
    return null;
  }
}

/** The whole of what a function does with a document. */
export function foldDocument(data: string, role: LogRole): FoldedBatch {
  const { events } = decodeAwslogs(data);
  return foldBatch(events, {
    role,
    host: 'web-1',
    path: '/a',
    unescape: unescapeMessage,
  });
}
