/** Names that are also names of `Object.prototype`, ids that are none. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { foldBatch } from '../../core/ingest.ts';
import { takeDelivery } from '../../core/take-delivery.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { failed, START } from './made-up-logs.ts';

const document = (logEvents: unknown[], filter = 'badgateway/test/shop/access/-') => ({
  messageType: 'DATA_MESSAGE',
  owner: '1',
  logGroup: 'g',
  logStream: 's',
  subscriptionFilters: [filter],
  logEvents,
});
const encode = (value: unknown, space = 0) =>
  gzipSync(JSON.stringify(value, null, space)).toString('base64');
const fold = (data: string) =>
  foldBatch(decodeAwslogs(data).events, {
    role: 'access',
    host: 'h',
    path: 'g/s',
    unescape: unescapeMessage,
  });

it.each(['constructor', '__proto__', 'toString'])(
  'a filter whose format is "%s" is unknown',
  async (format) => {
    const options = {
      deployment: 'test',
      services: [
        {
          name: 'shop',
          roles: ['access'],
          formats: {},
          streams: [],
          gunicornVersion: null,
          workerClass: null,
          timeoutSeconds: null,
          unit: null,
          privacy: null,
        },
      ] as never,
      table: memoryTable(),
      wake: async () => {},
      noted: { has: () => true, add: () => {} },
      unescapeMessage,
      nowMs: START,
      stamp: 'x',
    };
    const data = encode(
      document(
        [{ id: '1', timestamp: START, message: failed(0)[1] }],
        `badgateway/test/shop/access/${format}`,
      ),
    );
    await expect(takeDelivery(decodeAwslogs(data), options as never)).rejects.toMatchObject({
      code: 'UnknownLogGroup',
    });
  },
);

it.each([null, 7, {}, '', undefined])(
  'events whose id is %s are told apart by their content',
  (id) => {
    const events = ['/a', '/b'].map((path) => ({
      id,
      timestamp: START,
      message: failed(0, path)[1],
    }));
    const [minute] = fold(encode(document(events))).minutes.values();
    expect(new Set(minute?.requests.map((request) => request.id)).size).toBe(2);
  },
);

it('an event without an id has the same name however its document is written', () => {
  const event = { id: '', timestamp: START, message: failed(0, '/a\u00e9"\\x')[1] };
  const ids = [0, 1].map((space) =>
    [...fold(encode(document([event]), space)).minutes.values()].map(
      (minute) => minute.requests[0]?.id,
    ),
  );
  expect(ids[1]).toEqual(ids[0]);
});

it('scanning and parsing take the same', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom(
      '},{"id":"',
      '"}]}',
      '\\',
      '\\"',
      '","timestamp":1,"message":"',
      '\u2028',
      '\ud800',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          path: fc.array(text, { maxLength: 4 }),
          status: fc.constantFrom(502, 200, 504, 500),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      (lines) => {
        const events = lines.map(({ path, status }, index) => ({
          id: String(index).padStart(56, '3'),
          timestamp: START + index,
          message: failed(0, path.join(''), status)[1],
        }));
        const [scan, parse] = [0, 1].map((space) => {
          const folded = fold(encode(document(events), space));
          return {
            events: folded.events,
            statuses: [...folded.statuses],
            unparsed: folded.unparsed,
            newest: folded.newest,
            minutes: [...folded.minutes],
          };
        });
        expect(scan).toEqual(parse);
      },
    ),
    { numRuns: 3000 },
  );
}, 60_000);
