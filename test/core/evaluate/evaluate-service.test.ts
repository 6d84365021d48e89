/** Counting minutes again: late data, storms, marks, and what is written. */
import { describe, expect, it } from 'vitest';
import {
  differenceByCause,
  evaluateService,
  isMarked,
  type MinuteChange,
} from '../../../core/evaluate/evaluate-service.ts';
import { NAMED_FORMATS } from '../../../core/parse/log-format.ts';
import { hourRowKey, minuteRanges } from '../../../core/records/keys.ts';
import { decodeRollup } from '../../../core/records/rollup-record.ts';
import type { Table } from '../../../core/table.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { type Delivery, ingest, SERVICE, split } from '../../pipeline/deliveries.ts';
import type { ShippedLog } from '../../pipeline/scenario-logs.ts';
import { evaluateAll, storedVerdicts } from '../../pipeline/verdicts.ts';

const START = Date.UTC(2026, 10, 20, 12, 0);
const MINUTE_MS = 60_000;

type Role = 'access' | 'error' | 'gunicorn';

function logOf(
  role: Role,
  lines: readonly (readonly [minute: number, text: string])[],
  host = 'web-1',
): ShippedLog {
  return {
    role,
    host,
    group: `/shop/${role}`,
    stream: host,
    format: role === 'access' ? NAMED_FORMATS.combined : undefined,
    events: lines.map(([minute, message], index) => ({
      id: `${role}${host}`.length + String(index).padStart(55, '0'),
      timestamp: START + minute * MINUTE_MS,
      message,
    })),
  };
}

function clock(minute: number): { hms: string; day: string } {
  const iso = new Date(START + minute * MINUTE_MS).toISOString();
  return { hms: iso.slice(11, 19), day: iso.slice(0, 10) };
}

function failed(minute: number, path = '/cart', status = 502): readonly [number, string] {
  const line = `10.0.0.9 - - [20/Nov/2026:${clock(minute).hms} +0000] "GET ${path} HTTP/1.1" ${status} 157 "-" "curl"`;
  return [minute, line];
}

function refused(minute: number, path = '/cart'): readonly [number, string] {
  const { hms, day } = clock(minute);
  const when = `${day.replaceAll('-', '/')} ${hms}`;
  return [
    minute,
    `${when} [error] 70#70: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, server: _, request: "GET ${path} HTTP/1.1", upstream: "http://127.0.0.1:8000${path}", host: "shop"`,
  ];
}

function gunicorn(minute: number, text: string): readonly [number, string] {
  const { hms, day } = clock(minute);
  return [minute, `[${day} ${hms} +0000] [41] [INFO] ${text}`];
}

async function deliver(table: Table, ...logs: ShippedLog[]): Promise<void> {
  for (const log of logs) {
    for (const delivery of split(log, [100])) await ingest(table, delivery, START + 3_600_000);
  }
}

const nowMs = START + 3_600_000;

function verdicts(table: Table) {
  return storedVerdicts(table, START - 3_600_000, START + 7_200_000);
}

describe('counting a service', () => {
  it('judges minutes again when an earlier state of the backend comes to light late', async () => {
    const table = memoryTable();
    await deliver(table, logOf('access', [failed(25)]), logOf('error', [refused(25)]));
    await evaluateAll(table, nowMs);
    expect(await verdicts(table)).toMatchObject([{ confidence: 'likely', failures: 1 }]);

    await deliver(
      table,
      logOf('gunicorn', [
        gunicorn(0, 'Starting gunicorn 23.0.0'),
        gunicorn(0, 'Listening at: http://127.0.0.1:8000 (41)'),
        gunicorn(5, 'Handling signal: term'),
        gunicorn(5, 'Shutting down: Master'),
      ]),
    );
    await evaluateAll(table, nowMs);
    expect(await verdicts(table)).toEqual([
      {
        cause: 'backend-not-listening',
        confidence: 'confirmed',
        failures: 1,
        retried: 0,
        truncated: 0,
      },
    ]);
  });

  it('counts a storm past the sample exactly, whatever grouping it is delivered in', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => failed(3, `/p${index}`));
    const log = logOf('access', lines);
    const table = memoryTable();
    for (const sizes of [[5_000], [1_700, 900], [4_999, 1]]) {
      for (const delivery of split(log, sizes)) await ingest(table, delivery, nowMs);
    }
    await evaluateAll(table, nowMs);
    expect(await verdicts(table)).toMatchObject([{ cause: 'unknown', failures: 5_000 }]);
  });

  it('says what a minute was before, so that sums of the differences are right', async () => {
    const table = memoryTable();
    const changes: MinuteChange[] = [];
    const options = {
      service: SERVICE,
      nowMs,
      stamp: 'one',
      onMinute: (one: MinuteChange) => changes.push(one),
    };
    await deliver(table, logOf('access', [failed(2), failed(2, '/b')]));
    await evaluateService(table, options);
    await deliver(table, logOf('error', [refused(2)]));
    await evaluateService(table, options);
    const sums = new Map<string, number>();
    for (const change of changes) {
      for (const [cause, difference] of differenceByCause(change)) {
        sums.set(cause, (sums.get(cause) ?? 0) + difference);
      }
    }
    expect(changes.map((change) => Object.fromEntries(differenceByCause(change)))).toEqual([
      { unknown: 2 },
      { unknown: -2, 'backend-not-listening': 1, 'upstream-returned-5xx': 1 },
    ]);
    expect(Object.fromEntries(sums)).toEqual({
      unknown: 0,
      'backend-not-listening': 1,
      'upstream-returned-5xx': 1,
    });
  });

  it('writes nothing, and reports no change, when the same comes again', async () => {
    const table = memoryTable();
    const log = logOf('access', [failed(2)]);
    await deliver(table, log);
    expect(
      (await evaluateService(table, { service: SERVICE, nowMs, stamp: 'one' })).changed,
    ).toHaveLength(1);
    const rows = table.rows();
    await deliver(table, log);
    expect(await isMarked(table, SERVICE)).toBe(true);
    expect(
      (await evaluateService(table, { service: SERVICE, nowMs, stamp: 'one' })).changed,
    ).toEqual([]);
    expect(await isMarked(table, SERVICE)).toBe(false);
    expect(table.rows()).toEqual(rows);
  });

  it('keeps a mark that was set while it was at work', async () => {
    const table = memoryTable();
    await deliver(table, logOf('access', [failed(2)]));
    const late: Delivery = { log: logOf('access', [failed(2, '/late')], 'web-2'), events: [] };
    const options = { service: SERVICE, nowMs, stamp: 'one' };
    await evaluateService(table, {
      ...options,
      onMinute: () => void ingest(table, { ...late, events: late.log.events }, nowMs + 1),
    });
    await evaluateAll(table, nowMs);
    expect(await verdicts(table)).toMatchObject([{ failures: 2 }]);
  });

  it('sums an hour from its minutes', async () => {
    const table = memoryTable();
    await deliver(table, logOf('access', [failed(2), failed(40), failed(61)]));
    await evaluateAll(table, nowMs);
    const [first, second] = await Promise.all(
      [0, 1].map((hour) => table.get(hourRowKey(SERVICE, START / 3_600_000 + hour))),
    );
    const failuresIn = (body = '') => decodeRollup(body).rollup.get('unknown')?.failures;
    expect([failuresIn(first?.body), failuresIn(second?.body)]).toEqual([2, 1]);
  });

  it('leaves what is more than it may count at once for the next time', async () => {
    const table = memoryTable();
    const lines = Array.from({ length: 30 }, (_, index) => failed(index * 10));
    await deliver(table, logOf('access', lines));
    const options = { service: SERVICE, nowMs, stamp: 'one', maxMinutes: 60 };
    expect((await evaluateService(table, options)).isMore).toBe(true);
    await evaluateAll(table, nowMs);
    const ranges = minuteRanges(SERVICE, START / MINUTE_MS, START / MINUTE_MS + 600);
    const rows = (await Promise.all(ranges.map((range) => table.query(range)))).flat();
    expect(rows).toHaveLength(30);
  });
});
