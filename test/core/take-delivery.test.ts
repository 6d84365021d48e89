/** What becomes of a delivery: whose log it is, what is stored, counted, woken and refused. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import type { ServiceContract } from '../../core/contract.ts';
import { type TakeOptions, takeDelivery } from '../../core/take-delivery.ts';
import { memoryTable } from '../fakes/memory-table.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 5);
const LINE = '10.0.0.9 - - [20/Nov/2026:12:04:00 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl"';
const SHOP: ServiceContract = {
  name: 'shop',
  roles: ['access', 'error'],
  formats: { terse: '$status $request [$time_local]' },
  streams: [],
  gunicornVersion: null,
  workerClass: null,
  timeoutSeconds: null,
  unit: null,
};

type Told = { filters?: string[]; type?: string; events?: unknown[] };

function delivery({ filters, type, events }: Told) {
  const document = {
    messageType: type ?? 'DATA_MESSAGE',
    owner: '1',
    logGroup: '/shop/access',
    logStream: 'web-1',
    subscriptionFilters: filters ?? ['badgateway/test/shop/access/-'],
    logEvents: events ?? [{ id: '1', timestamp: NOW - 65_000, message: LINE }],
  };
  return decodeAwslogs(gzipSync(JSON.stringify(document)).toString('base64'));
}

function setUp() {
  const table = memoryTable();
  const woken: string[] = [];
  const options: TakeOptions = {
    deployment: 'test',
    services: [SHOP],
    table,
    wake: async (service) => void woken.push(service),
    noted: new Set(),
    unescapeMessage,
    nowMs: NOW,
    stamp: 'a',
  };
  const partitions = () => [...new Set(table.rows().map((row) => row.partition[0]))].sort();
  return { table, woken, options, partitions };
}

describe('taking a delivery in', () => {
  it('stores the failures, marks their minute, notes the stream, wakes the service', async () => {
    const { options, woken, partitions } = setUp();
    const taken = await takeDelivery(delivery({}), options);
    expect(taken).toMatchObject({ service: 'shop', role: 'access', events: 1 });
    expect(partitions()).toEqual(['B', 'D', 'S']);
    expect(woken).toEqual(['shop']);
  });

  it('tells how late the events came', async () => {
    const { options } = setUp();
    const { metrics } = await takeDelivery(delivery({}), options);
    expect(metrics).toContainEqual({
      name: 'DeliveryLag',
      unit: 'Milliseconds',
      value: 65_000,
      dimensions: { Service: 'shop' },
    });
  });

  it('tells a repeated delivery from a new one, and wakes all the same: the first may have died', async () => {
    const { options, woken } = setUp();
    await takeDelivery(delivery({}), options);
    const { metrics } = await takeDelivery(delivery({}), options);
    expect(metrics.map(({ name }) => name)).toContain('BatchesRepeated');
    expect(woken).toEqual(['shop', 'shop']);
  });

  it('does nothing on a control message', async () => {
    const { options, partitions, woken } = setUp();
    const taken = await takeDelivery(delivery({ type: 'CONTROL_MESSAGE', filters: [] }), options);
    expect([taken.service, partitions(), woken]).toEqual([null, [], []]);
  });

  it('reads an access log in the format that the filter was made for', async () => {
    const { options, table } = setUp();
    const message = '502 GET /a HTTP/1.1 [20/Nov/2026:12:04:00 +0000]';
    const events = [{ id: '1', timestamp: NOW, message }];
    const filters = ['badgateway/test/shop/access/terse'];
    const { metrics } = await takeDelivery(delivery({ filters, events }), options);
    expect(metrics.map(({ name }) => name)).not.toContain('UnparsedLines');
    expect(table.rows().some((row) => row.body.includes('GET /a HTTP/1.1'))).toBe(true);
  });

  it('takes the good events beside a bad one, and counts it', async () => {
    const { options, partitions } = setUp();
    const good = { id: '2', timestamp: NOW, message: LINE };
    const events = [{ id: '1', timestamp: 'now', message: LINE }, null, { id: '3' }, good];
    const { metrics, events: taken } = await takeDelivery(delivery({ events }), options);
    expect(metrics).toContainEqual(expect.objectContaining({ name: 'PoisonEvents', value: 3 }));
    expect([taken, partitions()]).toEqual([1, ['B', 'D', 'S']]);
  });

  it.each([
    [['somebody-elses']],
    [['badgateway/other/shop/access/-']],
    [['badgateway/test/gone/access/-']],
    [['badgateway/test/shop/ngnix/-']],
    [['badgateway/test/shop/access/unknown']],
    [[]],
  ])('refuses what came by %j, with nothing written', async (filters) => {
    const { options, partitions } = setUp();
    const refused = takeDelivery(delivery({ filters }), options);
    await expect(refused).rejects.toMatchObject({ code: 'UnknownLogGroup' });
    expect(partitions()).toEqual([]);
  });

  it('does not note a stream whose note could not be written', async () => {
    const { options, table } = setUp();
    const failing = { ...table, put: () => Promise.reject(new Error('throttled')) };
    await expect(takeDelivery(delivery({}), { ...options, table: failing })).rejects.toThrow();
    await takeDelivery(delivery({}), options);
    expect(table.rows().some((row) => row.partition.startsWith('S#'))).toBe(true);
  });
});
