import { describe, expect, test } from 'vitest';
import {
  activeMute,
  deleteMute,
  describeMute,
  listMutes,
  type Mute,
  putMute,
} from '../../../core/incident/mutes.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { at, Service } from './service.ts';

const mute = (more: Partial<Mute> = {}): Mute => ({
  id: 'm1',
  service: 'shop',
  cause: null,
  author: 'ann',
  reason: 'database migration',
  createdAt: at('13:00'),
  expiresAt: at('15:00'),
  weekly: null,
  ...more,
});

describe('a mute', () => {
  const now = { service: 'shop', cause: 'worker-timeout', nowMs: at('14:00') } as const;

  test.each<[string, Partial<Mute>, boolean]>([
    ['a service', {}, true],
    ['another service', { service: 'blog' }, false],
    ['all services', { service: null }, true],
    ['a cause', { cause: 'worker-timeout' }, true],
    ['another cause', { cause: 'worker-oom' }, false],
    ['what it has expired for', { expiresAt: at('14:00') }, false],
  ])('is for %s', (_, more, isActive) => {
    expect(activeMute([mute(more)], now) !== null).toBe(isActive);
  });

  test.each<[string, string, boolean]>([
    // Friday 20 November 2026, 01:30 and 03:00 in Berlin (UTC+1).
    ['Fri 02:00-03:00', '2026-11-20T00:59:59Z', false],
    ['Fri 02:00-03:00', '2026-11-20T01:00:00Z', true],
    ['Fri 02:00-03:00', '2026-11-20T02:00:00Z', false],
    ['Thu 23:00-01:00', '2026-11-19T22:30:00Z', true],
    ['Thu 23:00-01:00', '2026-11-19T23:30:00Z', true],
    ['Thu 23:00-01:00', '2026-11-20T23:30:00Z', false],
    ['Thu 00:00-00:00', '2026-11-18T22:59:00Z', false],
    ['Thu 00:00-00:00', '2026-11-19T12:00:00Z', true],
    ['Thu 00:00-00:00', '2026-11-19T23:00:00Z', false],
    // Summer time: the same clock on the wall, an hour earlier in UTC.
    ['Fri 02:00-03:00', '2026-07-17T00:30:00Z', true],
    ['Fri 02:00-03:00', '2026-07-17T01:30:00Z', false],
  ])('every %s in Berlin covers %s: %s', (text, time, isActive) => {
    const [day, hours = ''] = text.split(' ');
    const [from = '', to = ''] = hours.split('-');
    const weekly = { days: [day as 'Fri'], from, to, zone: 'Europe/Berlin' };
    const nowMs = Date.parse(time);
    const found = activeMute([mute({ weekly, expiresAt: null })], { ...now, nowMs });
    expect(found !== null).toBe(isActive);
  });

  test('is stored, listed with those of all services, and deleted', async () => {
    const table = memoryTable();
    const nowMs = at('14:00');
    const weekly = { days: ['Sun'], from: '02:00', to: '04:00', zone: 'Europe/Berlin' } as const;
    const all = mute({ id: 'every Sunday', service: null, expiresAt: null, weekly });
    await putMute(table, mute(), nowMs);
    await putMute(table, all, nowMs);
    await putMute(table, mute({ service: 'blog' }), nowMs);
    expect(await listMutes(table, { service: 'shop', nowMs })).toEqual([mute(), all]);
    expect(await listMutes(table, { service: null, nowMs })).toEqual([all]);
    expect(await listMutes(table, { service: 'shop', nowMs: at('15:00') })).toEqual([all]);
    expect(await deleteMute(table, { service: 'shop', id: 'm1' })).toBe(true);
    expect(await deleteMute(table, { service: 'shop', id: 'm1' })).toBe(false);
    expect([mute(), all].map(describeMute)).toMatchInlineSnapshot(`
      [
        "ann: database migration (until 2026-11-20T15:00:00Z)",
        "ann: database migration (Sun 02:00-04:00 Europe/Berlin)",
      ]
    `);
  });

  test.each<[Partial<Mute>, string]>([
    [{ author: ' ' }, 'a mute needs an author and a reason: others will wonder'],
    [{ expiresAt: null }, 'a mute needs an end: say until when, or give it a window'],
    [{ expiresAt: at('13:59') }, 'the mute is over already: it ends 2026-11-20T13:59:00Z'],
    [
      { weekly: { days: ['Sun'], from: '2:00', to: '04:00', zone: 'UTC' } },
      '"2:00" is no time, give HH:MM',
    ],
    [
      { weekly: { days: [], from: '02:00', to: '04:00', zone: 'UTC' } },
      'no day is given, use some of Sun, Mon, Tue, Wed, Thu, Fri, Sat',
    ],
    [
      { weekly: { days: ['Sun'], from: '02:00', to: '04:00', zone: 'Mars/Base' } },
      'unknown time zone "Mars/Base", use one as Europe/Berlin',
    ],
  ])('is refused: %o', async (more, message) => {
    await expect(putMute(memoryTable(), mute(more), at('14:00'))).rejects.toThrow(message);
  });
});

describe('a muted incident', () => {
  test('is recorded and not told, and told once when the mute ends while it goes on', () => {
    const service = new Service().failEvery('worker-timeout', '14:00', '15:30', 20);
    service.mutes = [mute()];
    expect(service.run('14:00', '14:59:50')).toEqual([]);
    expect([...service.incidents.values()][0]).toMatchObject({
      status: 'open',
      failures: 180,
      mutedBy: 'ann: database migration (until 2026-11-20T15:00:00Z)',
    });
    expect(service.run('15:00', '16:00')).toMatchInlineSnapshot(`
      [
        "15:00:00 opened worker-timeout: 181 on web-1 since 14:00:00",
        "15:40:00 resolved worker-timeout: 271 on web-1, 5400 s",
      ]
    `);
  });

  test('is never told when it is over before the mute ends', () => {
    const service = new Service().failEvery('worker-timeout', '14:00', '14:30', 20);
    service.mutes = [mute()];
    expect(service.run('14:00', '17:00', 30)).toEqual([]);
    expect([...service.incidents.values()]).toMatchObject([{ status: 'resolved', failures: 91 }]);
  });

  test('that was told before the mute is told as over after it', () => {
    const service = new Service().failEvery('worker-timeout', '13:50', '14:30', 20);
    expect(service.run('13:50', '13:59')).toHaveLength(1);
    service.mutes = [mute()];
    expect(service.run('14:00', '14:59:30', 30)).toEqual([]);
    expect(service.run('15:00', '17:00', 30)).toMatchInlineSnapshot(`
      [
        "15:00:00 resolved worker-timeout: 121 on web-1, 2400 s",
      ]
    `);
  });

  test('that comes back and is over again during the mute stays silent', () => {
    const service = new Service().fail('worker-timeout', '13:30', { count: 9 });
    expect(service.run('13:30', '13:41')).toHaveLength(2);
    service.mutes = [mute()];
    service.fail('worker-timeout', '14:05', { count: 9 });
    expect(service.run('14:05', '17:00', 30)).toEqual([]);
    expect([...service.incidents.values()]).toMatchObject([{ reopened: 1, failures: 18 }]);
  });
});
