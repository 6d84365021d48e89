/** Hosts that send a log are known, also while nothing of it is delivered. */
import { beforeEach, describe, expect, it } from 'vitest';
import { findLogStreams } from '../../../adapters/aws/find-log-streams.ts';
import { filterNameOf } from '../../../core/contract.ts';
import { noteStreams } from '../../../core/records/note-streams.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { errorNamed, FakeLogGroups } from './log-groups-fake.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR_MS = 3_600_000;

let client: FakeLogGroups;
beforeEach(() => {
  client = new FakeLogGroups();
});

function watched(name: string, role: string) {
  const parts = { deployment: 'prod', service: 'shop', role, format: '-' };
  return { name, filterName: filterNameOf(parts) };
}

function find(...groups: ReturnType<typeof watched>[]) {
  return findLogStreams({
    client,
    deployment: 'prod',
    watched: groups,
    sinceMs: NOW - 24 * HOUR_MS,
    isTimeUp: () => false,
  });
}

describe('finding log streams', () => {
  it('finds those written to lately, page by page, and reads no further than it must', async () => {
    client.add('/shop/access');
    for (let age = 60; age > 0; age -= 10) {
      client.write('/shop/access', `web-${age}`, NOW - age * HOUR_MS);
    }
    const found = await find(watched('/shop/access', 'access'));
    expect(found).toEqual([
      { service: 'shop', role: 'access', group: '/shop/access', stream: 'web-10' },
      { service: 'shop', role: 'access', group: '/shop/access', stream: 'web-20' },
    ]);
    expect(client.calls).toHaveLength(2);
  });

  it('looks into all groups of a prefix', async () => {
    for (const name of ['/shop/access/a', '/shop/access/b', '/other']) {
      client.add(name);
      client.write(name, 'web-1', NOW);
    }
    const found = await find(watched('/shop/access/*', 'access'));
    expect(found.map(({ group }) => group)).toEqual(['/shop/access/a', '/shop/access/b']);
  });

  it('passes over a group that is not there or may not be looked at', async () => {
    client.add('/secret');
    client.errors.set('describeLogStreams /secret', errorNamed('AccessDeniedException'));
    client.add('/shop/error');
    client.write('/shop/error', 'web-1', NOW);
    const found = await find(
      watched('/gone', 'access'),
      watched('/secret', 'access'),
      watched('/shop/error', 'error'),
    );
    expect(found.map(({ group }) => group)).toEqual(['/shop/error']);
  });
});

describe('noting streams', () => {
  const stream = { role: 'access', host: 'web-1', path: '/shop/access/web-1' };

  it('writes a stream once, and again when its note grows old', async () => {
    const table = memoryTable();
    const task = { service: 'shop', streams: [stream], nowMs: NOW, stamp: 'a' };
    expect(await noteStreams(table, task)).toBe(1);
    expect(await noteStreams(table, { ...task, nowMs: NOW + HOUR_MS })).toBe(0);
    const [before] = table.rows();
    expect(await noteStreams(table, { ...task, nowMs: NOW + 40 * HOUR_MS })).toBe(0);
    const [after] = table.rows();
    expect((after?.expiresAt ?? 0) - (before?.expiresAt ?? 0)).toBe(40 * HOUR_MS);
  });

  it('has late minutes judged again when a host turns out to have an access log', async () => {
    const table = memoryTable();
    const row = { body: '{}', version: '1', expiresAt: NOW + HOUR_MS };
    await table.put({ partition: 'M#shop#2026-11-20', sort: '11:30', ...row });
    await table.put({ partition: 'M#shop#2026-11-20', sort: '03:00', ...row });
    await noteStreams(table, { service: 'shop', streams: [stream], nowMs: NOW, stamp: 'a' });
    const marks = table.rows().filter(({ partition }) => partition.startsWith('D#'));
    expect(marks.map(({ sort }) => Number(sort) * 60_000)).toEqual([NOW - 30 * 60_000]);
  });
});
