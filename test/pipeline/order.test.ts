/** What a minute comes to must not depend on when, in which order, or in which windows it was evaluated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { noteStream } from '../../core/records/note-streams.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { ingest, SERVICE } from './deliveries.ts';
import { bodiesOf, failed, gunicorn, type Line, logOf, nowMs, refused } from './made-up-logs.ts';
import type { ShippedLog } from './scenario-logs.ts';

/** Evaluates after each log in turn, or once after all; streams are known from the start if wanted. */
async function rowsOf(
  logs: readonly ShippedLog[],
  {
    isOnce,
    knowsStreams = true,
    maxMinutes = 240,
  }: { isOnce: boolean; knowsStreams?: boolean; maxMinutes?: number },
) {
  const table = memoryTable();
  if (knowsStreams)
    for (const { role, host, group, stream } of logs)
      await noteStream(table, {
        service: SERVICE,
        role,
        host,
        path: `${group}/${stream}`,
        nowMs,
        stamp: 'known',
      });
  let turn = 0;
  const evaluate = async () => {
    for (let steps = 0; ; steps++) {
      const { minutes } = await evaluateService(table, {
        service: SERVICE,
        nowMs,
        stamp: `s${turn++}`,
        maxMinutes,
      });
      if (minutes === 0) return steps;
      if (steps > 2000) throw new Error('the marks never end');
    }
  };
  let steps = 0;
  for (const log of logs) {
    await ingest(table, { log, events: log.events }, nowMs + turn);
    if (!isOnce) steps += await evaluate();
  }
  steps += await evaluate();
  return { rows: bodiesOf(table, 'MH'), steps };
}

async function same(logs: readonly ShippedLog[], options: { knowsStreams?: boolean } = {}) {
  const once = await rowsOf(logs, { ...options, isOnce: true });
  const stepwise = await rowsOf(logs, { ...options, isOnce: false });
  expect(stepwise.rows).toEqual(once.rows);
}

describe('the same counts whenever a minute is evaluated', () => {
  it('a late state that the next state hides, minutes between them', async () => {
    await same([
      logOf('gunicorn', [gunicorn(24, 'Starting gunicorn 23.0.0')]),
      logOf('access', [failed(23)]),
      logOf('error', [refused(23)]),
      logOf('gunicorn', [gunicorn(20, 'Listening at: http://127.0.0.1:9999 (41)')]),
    ]);
  });

  it('an access log that is heard of later than an error line', async () => {
    await same([logOf('error', [refused(660)]), logOf('access', [failed(700)])], {
      knowsStreams: false,
    });
  });

  it('a Gunicorn log that is heard of later', async () => {
    await same(
      [
        logOf('access', [failed(10)]),
        logOf('error', [refused(10)]),
        logOf('gunicorn', [gunicorn(90, 'Booting worker with pid: 41')]),
      ],
      { knowsStreams: false },
    );
  });

  it('Gunicorn lines in syslog envelopes that CloudWatch took in five minutes late', async () => {
    const when = '2026-11-20T12:05:00.000000+00:00 web-1 shop[41]: ';
    const line = (text: string): Line => [
      10,
      `${when}[2026-11-20 12:05:00 +0000] [41] [INFO] ${text}`,
    ];
    await same([
      logOf('access', [failed(6)]),
      logOf('error', [refused(6)]),
      logOf('system', [line('Handling signal: term'), line('Shutting down: Master')]),
    ]);
  });

  it('in one window or two, with what started Gunicorn more than an hour before', async () => {
    await same([
      logOf('gunicorn', [
        gunicorn(0, 'Starting gunicorn 23.0.0'),
        gunicorn(0, 'Listening at: http://127.0.0.1:8000 (41)'),
        gunicorn(0, 'Using worker: sync'),
        gunicorn(0, 'Booting worker with pid: 42', 42),
      ]),
      logOf('gunicorn', [
        gunicorn(90, 'WORKER TIMEOUT (pid:42)', 41, 'CRITICAL'),
        gunicorn(90.1, 'Worker (pid:42) was sent SIGKILL! Perhaps out of memory?', 41, 'ERROR'),
      ]),
      logOf('access', [failed(90)]),
      logOf('error', [refused(90)]),
    ]);
  });

  it('random logs', async () => {
    const texts: readonly [string, string, number][] = [
      ['Starting gunicorn 23.0.0', 'INFO', 41],
      ['Listening at: http://127.0.0.1:8000 (41)', 'INFO', 41],
      ['Listening at: http://127.0.0.1:9999 (41)', 'INFO', 41],
      ['Using worker: gthread', 'INFO', 41],
      ['Using worker: sync', 'INFO', 41],
      ['Booting worker with pid: 42', 'INFO', 42],
      ['WORKER TIMEOUT (pid:42)', 'CRITICAL', 41],
      ['Worker exiting (pid: 42)', 'INFO', 42],
      ['Worker (pid:42) was sent SIGKILL! Perhaps out of memory?', 'ERROR', 41],
      ['Handling signal: term', 'INFO', 41],
      ['Handling signal: hup', 'INFO', 41],
      ['Shutting down: Master', 'INFO', 41],
      ['Worker failed to boot.', 'ERROR', 41],
      ["Connection in use: ('127.0.0.1', 8000)", 'ERROR', 41],
    ];
    const line = fc.record({
      kind: fc.constantFrom('both', 'access', 'error', 'gunicorn', 'gunicorn'),
      minute: fc.integer({ min: 0, max: Number(process.env.SPAN ?? 40) }),
      second: fc.integer({ min: 0, max: 59 }),
      text: fc.constantFrom(...texts),
      host: fc.constantFrom('web-1', 'web-1', 'web-2'),
      path: fc.constantFrom('/a', '/b', '/c'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 2, maxLength: 10 }), async (lines) => {
        const logs = lines.flatMap(({ kind, minute, second, text, host, path }, index) => {
          const at = minute + second / 60;
          const made: ShippedLog[] = [];
          if (kind === 'both' || kind === 'access')
            made.push(logOf('access', [failed(at, path)], host));
          if (kind === 'both' || kind === 'error')
            made.push(logOf('error', [refused(at, path)], host));
          if (kind === 'gunicorn')
            made.push(logOf('gunicorn', [gunicorn(at, text[0], text[2], text[1])], host));
          return made.map((log) => ({
            ...log,
            events: log.events.map((event) => ({
              ...event,
              id: event.id + String(index).padStart(3, '0'),
            })),
          }));
        });
        await same(logs);
      }),
      { numRuns: Number(process.env.RUNS ?? 1500) },
    );
  }, 120_000);
});

it('a late state is carried on to all later states in a few steps', async () => {
  const beats = Array.from({ length: 200 }, (_, index): Line[] => [
    gunicorn(20 + index * 3, 'Handling signal: hup'),
    gunicorn(20 + index * 3, 'Booting worker with pid: 42', 42),
  ]).flat();
  const unitless = Array.from({ length: 200 }, (_, index) =>
    gunicorn(20 + index * 3, index % 2 ? 'Using worker: sync' : 'Using worker: gthread'),
  );
  const { steps } = await rowsOf(
    [
      logOf(
        'gunicorn',
        [...beats, ...unitless].sort((a, b) => a[0] - b[0]),
      ),
      logOf('gunicorn', [
        gunicorn(0, 'Handling signal: term'),
        gunicorn(0, 'Starting gunicorn 20.1.0'),
        gunicorn(0, 'Listening at: http://127.0.0.1:9999 (41)'),
      ]),
    ],
    { isOnce: false },
  );
  expect(steps).toBeLessThan(20);
});
