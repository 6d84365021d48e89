import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../../adapters/aws/awslogs-batch.ts';
import type { BatchEvent } from '../../../core/ingest.ts';
import { timeOfEvent } from '../../../core/ingest.ts';

type LogEvent = {
  id: string;
  timestamp: number;
  message: string;
  extractedFields?: Record<string, unknown>;
};

const HEAD = {
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/shop/nginx/error',
  logStream: 'i-0abc/error.log',
  subscriptionFilters: ['badgateway'],
};

function withoutExtracted(events: readonly LogEvent[]): LogEvent[] {
  return events.map(({ id, timestamp, message }) => ({ id, timestamp, message }));
}

function dataOf(document: unknown): string {
  return gzipSync(JSON.stringify(document)).toString('base64');
}

/** The events as `scan` finds them, or `null` when it gives up. */
function scanned(data: string): LogEvent[] | null {
  const events: LogEvent[] = [];
  return decodeAwslogs(data).events.scan((event) => events.push(copyOf(event))) ? events : null;
}

function parsed(data: string): LogEvent[] {
  const events: LogEvent[] = [];
  decodeAwslogs(data).events.parse((event) => events.push(copyOf(event)));
  return events;
}

/** Messages are byte strings: back to text to be compared. */
function copyOf(event: BatchEvent): LogEvent {
  const bytes = unescapeMessage(event.text, event.start, event.end);
  return {
    id: event.text.slice(event.idAt, event.text.indexOf('"', event.idAt)),
    timestamp: timeOfEvent(event),
    message: Buffer.from(bytes, 'latin1').toString('utf8'),
  };
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'a"},{"id":"1","timestamp":1,"message":"b',
    '\\"},{"id":"',
    'ends with a backslash \\',
    '}]}',
    '"}]}',
    'tab\tnew\nline',
    'é € 😀',
  ),
);
const message = text.map((candidate) => Buffer.from(candidate).toString());
const logEventId = fc.stringMatching(/^[0-9]{56}$/);
const logEvent = fc.record({
  id: logEventId,
  timestamp: fc.integer({ min: 1e12, max: 9e12 }),
  message,
});
const oddEvent = fc.record({
  id: fc.stringMatching(/^[0-9]{1,60}$/),
  timestamp: fc.nat(99_999),
  message,
});

const extractedFields = fc.oneof(
  fc.dictionary(text, text, { noNullPrototype: true }),
  fc.dictionary(text, fc.oneof(text, fc.jsonValue()), { noNullPrototype: true }),
);

describe('decodeAwslogs', () => {
  it('finds the same events by searching as by parsing, whatever the messages hold', () => {
    fc.assert(
      fc.property(fc.array(logEvent, { minLength: 1, maxLength: 20 }), (logEvents) => {
        const data = dataOf({ ...HEAD, logEvents });
        expect(scanned(data)).toEqual(logEvents);
        expect(parsed(data)).toEqual(logEvents);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the right events or none when ids and times have other lengths', () => {
    fc.assert(
      fc.property(fc.array(oddEvent, { minLength: 1, maxLength: 20 }), (logEvents) => {
        const data = dataOf({ ...HEAD, logEvents });
        expect([null, logEvents]).toContainEqual(scanned(data));
        expect(parsed(data)).toEqual(logEvents);
      }),
      { numRuns: 500 },
    );
  });

  it('reads past fields that the filter extracted, and gives up where they are no strings', () => {
    const anyEvent = fc.record(
      { id: logEventId, timestamp: fc.integer({ min: 1e12, max: 9e12 }), message, extractedFields },
      { requiredKeys: ['id', 'timestamp', 'message'] },
    );
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 20 }), (logEvents) => {
        const data = dataOf({ ...HEAD, logEvents });
        const wanted = withoutExtracted(logEvents);
        const areStrings = logEvents.every(({ extractedFields: fields = {} }) =>
          Object.values(fields).every((value) => typeof value === 'string'),
        );
        expect(scanned(data)).toEqual(areStrings ? wanted : null);
        expect(parsed(data)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it('reads past extracted fields over many windows', () => {
    const logEvents = Array.from({ length: 3_000 }, (_, index) => ({
      id: String(index).padStart(56, '3'),
      timestamp: 1_760_000_000_000 + index,
      message: `10.0.0.1 - "GET /${index}" 502`,
      extractedFields: { $ip: '10.0.0.1', request: `"GET /${index}" }},{"id":"`, status: '502' },
    }));
    expect(scanned(dataOf({ ...HEAD, logEvents }))).toEqual(withoutExtracted(logEvents));
  });

  it('finds events that are longer than a window, and many windows of short ones', () => {
    const long = { id: '1'.repeat(56), timestamp: 1e12, message: `"${'x'.repeat(300_000)}"` };
    const short = Array.from({ length: 2_000 }, (_, index) => ({
      id: String(index).padStart(56, '3'),
      timestamp: 1_760_000_000_000 + index,
      message: `{"line": ${index}, "q": "}"}`,
    }));
    const logEvents = [...short, long, ...short];
    expect(scanned(dataOf({ ...HEAD, logEvents }))).toEqual(logEvents);
  });

  it('gives up searching a document that is written in another way, and parses it', () => {
    const logEvents = [
      { timestamp: 1, id: 'a', message: 'other order' },
      { id: 'b', timestamp: 2, message: 'x', another: { a: '1' } },
    ];
    const data = dataOf({ ...HEAD, logEvents });
    expect(scanned(data)).toBeNull();
    expect(parsed(data).map((event) => event.message)).toEqual(['other order', 'x']);
  });

  it('knows where a batch comes from', () => {
    const batch = decodeAwslogs(dataOf({ ...HEAD, logEvents: [] }));
    expect(batch).toMatchObject({ ...HEAD });
  });

  it.each([
    ['not base64 of anything', 'hello'],
    ['not gzip', Buffer.from('{}').toString('base64')],
    ['cut off', dataOf({ ...HEAD, logEvents: [] }).slice(0, 40)],
    ['not JSON', gzipSync('{').toString('base64')],
    ['another document', dataOf({ hello: 1 })],
    ['no events', dataOf(HEAD)],
  ])('refuses what is %s', (_, data) => {
    expect(() => {
      decodeAwslogs(data).events.parse(() => {});
    }).toThrow(expect.objectContaining({ code: 'BadBatch' }));
  });

  it('refuses a gzip bomb instead of unpacking it', () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024)).toString('base64');
    expect(() => decodeAwslogs(bomb)).toThrow(expect.objectContaining({ code: 'BadBatch' }));
  });
});
