/** One bad event or name must not take the good ones beside it along. */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { publishMetrics } from '../../adapters/aws/metrics.ts';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { hourRowKey } from '../../core/records/keys.ts';
import { decodeRollup } from '../../core/records/rollup-record.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { ingest, SERVICE, split } from './deliveries.ts';
import {
  failed,
  gunicorn,
  type Line,
  logOf,
  MINUTE_MS,
  nowMs,
  refused,
  START,
} from './made-up-logs.ts';
import { evaluateAll, storedVerdicts } from './verdicts.ts';

describe('sizes', () => {
  it('a Gunicorn event of NUL bytes (a sparse file after copytruncate) beside good ones', async () => {
    const log = logOf('gunicorn', [
      gunicorn(1, 'Starting gunicorn 23.0.0'),
      [1, '\0'.repeat(70_000)],
    ]);
    await ingest(memoryTable(), { log, events: log.events }, nowMs);
  });
  it('an access line with endless upstream tries beside good ones', async () => {
    const tries = Array.from({ length: 40_000 }, () => '502').join(', ');
    const line = `10.0.0.9 - - [20/Nov/2026:12:01:00 +0000] "GET / HTTP/1.1" 502 1 "-" "curl" us=${tries} ua=${tries.replaceAll('502', '10.0.0.1:80')}`;
    const { NAMED_FORMATS } = await import('../../core/parse/log-format.ts');
    const log = {
      ...logOf('access', [failed(1), [1, line] as Line]),
      format: NAMED_FORMATS.badgateway,
    };
    await ingest(memoryTable(), { log, events: log.events }, nowMs);
  });
  it('an access line whose client is long', async () => {
    const line = `${'é'.repeat(250_000)} - - [20/Nov/2026:12:01:00 +0000] "GET / HTTP/1.1" 502 1 "-" "curl"`;
    const log = logOf('access', [failed(1), [1, line] as Line]);
    await ingest(memoryTable(), { log, events: log.events }, nowMs);
  });
  it('a log stream with a name as long as CloudWatch allows', async () => {
    const log = logOf('access', [failed(1)], 'a'.repeat(512));
    await ingest(memoryTable(), { log, events: log.events }, nowMs);
  });
  it('a host whose name has as many strange characters as CloudWatch allows', async () => {
    const table = memoryTable();
    const log = { ...logOf('access', [failed(1)], '中'.repeat(400)), stream: 'x' };
    await ingest(table, { log, events: log.events }, nowMs).catch(() => {});
    const good = logOf('access', [failed(1)], 'web-2');
    await ingest(table, { log: good, events: good.events }, nowMs);
    await evaluateAll(table, nowMs);
  });
});

describe('times', () => {
  it('an event of the year 300000 does not stop the evaluation of others', async () => {
    const table = memoryTable();
    const good = logOf('access', [failed(1)], 'web-2');
    await ingest(table, { log: good, events: good.events }, nowMs);
    const log = logOf('access', [failed(1)]);
    await ingest(
      table,
      { log, events: log.events.map((event) => ({ ...event, timestamp: 9e15 })) },
      nowMs,
    ).catch(() => {});
    await evaluateAll(table, nowMs);
  });

  it('an event older than its rows live leaves the hour it belongs to whole', async () => {
    let now = nowMs;
    const table = memoryTable(() => now);
    const log = logOf('access', [failed(1), failed(2), failed(3)]);
    await ingest(table, { log, events: log.events }, now);
    await evaluateAll(table, now);
    // Redriven from a dead-letter queue (14 days) that it came to after some days of backfill.
    now += 20 * 86_400_000;
    const late = logOf('access', [failed(4)], 'web-2');
    await ingest(table, { log: late, events: late.events }, now);
    await evaluateAll(table, now);
    const row = await table.get(hourRowKey(SERVICE, START / 3_600_000));
    expect(decodeRollup(row?.body ?? '').rollup.get('unknown')?.failures).toBeGreaterThanOrEqual(3);
  });

  it('a rollup whose batch rows are gone is not counted down', async () => {
    let now = nowMs;
    const table = memoryTable(() => now);
    const log = logOf('access', [failed(1), failed(1, '/b'), failed(1, '/c')]);
    await ingest(table, { log, events: log.events }, START + 120_000);
    await evaluateAll(table, START + 120_000);
    now = START + 16 * 86_400_000 + 3_600_000;
    const late = logOf('access', [failed(1, '/d')], 'web-2');
    await ingest(table, { log: late, events: late.events }, now);
    let change = 0;
    await evaluateService(table, {
      service: SERVICE,
      nowMs: now,
      stamp: 'x',
      onMinute: ({ before, after }) => {
        change +=
          (after.rollup.get('unknown')?.failures ?? 0) -
          (before.rollup.get('unknown')?.failures ?? 0);
      },
    });
    expect(change).toBeGreaterThanOrEqual(0);
  });
});

describe('grouping', () => {
  it('a system log whose tag tells of Gunicorn only in an earlier delivery', async () => {
    const text = (seconds: number, words: string): Line => [
      1 + seconds / 60,
      `2026-11-20T12:01:${String(seconds).padStart(2, '0')}.000000+00:00 web-1 shop[41]: ${words}`,
    ];
    const log = logOf('system', [
      text(1, '[2026-11-20 12:01:01 +0000] [41] [ERROR] Exception in worker process'),
      text(1, 'Traceback (most recent call last):'),
      text(1, '  File "/srv/app.py", line 3, in <module>'),
      text(1, '    import nothing'),
      text(1, "ModuleNotFoundError: No module named 'nothing'"),
      text(2, '[2026-11-20 12:01:02 +0000] [41] [ERROR] Worker failed to boot.'),
      text(2, '[2026-11-20 12:01:02 +0000] [40] [ERROR] Shutting down: Master'),
      text(2, '[2026-11-20 12:01:02 +0000] [40] [ERROR] Reason: Worker failed to boot.'),
    ]);
    const rows = [];
    for (const sizes of [[100], [1]]) {
      const table = memoryTable();
      for (const one of split(log, sizes)) await ingest(table, one, nowMs);
      const web = [logOf('access', [failed(1.1)]), logOf('error', [refused(1.1)])];
      for (const one of web) await ingest(table, { log: one, events: one.events }, nowMs);
      await evaluateAll(table, nowMs);
      rows.push(
        table
          .rows()
          .filter(({ partition }) => partition.startsWith('M'))
          .map(({ body }) => body),
      );
    }
    expect(rows[1]).toEqual(rows[0]);
  });

  it('many Gunicorn lines in one delivery or in several', async () => {
    const noise = Array.from(
      { length: 6_000 },
      (_, index): Line => [1, `  File "/srv/app.py", line ${index}, in handle`],
    );
    const lines = [
      gunicorn(1, 'Listening at: http://127.0.0.1:8000 (41)'),
      ...noise,
      gunicorn(1.2, 'Handling signal: term'),
      gunicorn(1.2, 'Shutting down: Master'),
    ];
    const log = logOf('gunicorn', lines);
    const counts = [];
    for (const sizes of [[10_000], [1_000]]) {
      const table = memoryTable();
      for (const one of split(log, sizes)) await ingest(table, one, nowMs);
      const web = [logOf('access', [failed(1.5)]), logOf('error', [refused(1.5)])];
      for (const one of web) await ingest(table, { log: one, events: one.events }, nowMs);
      await evaluateAll(table, nowMs);
      counts.push(await storedVerdicts(table, START, START + 10 * MINUTE_MS));
    }
    expect(counts[0]).toEqual(counts[1]);
  });
});

it('two changes of one minute in one evaluation are both in the metric', () => {
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string) => written.push(text) > 0) as never;
  try {
    const point = (value: number) => ({
      name: 'Failures',
      unit: 'Count' as const,
      value,
      dimensions: { Service: 'a' },
      atMs: 1,
    });
    publishMetrics('test', [point(2), point(3)]);
  } finally {
    process.stdout.write = write;
  }
  const sum = written
    .flatMap((text) => [JSON.parse(text).Failures].flat())
    .reduce((a, b) => a + b, 0);
  expect(sum).toBe(5);
});
void [gzipSync, decodeAwslogs, unescapeMessage];
