/** Two evaluations of a service at once, while deliveries come, in any interleaving: the rows of one alone. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { noteStream } from '../../core/records/note-streams.ts';
import type { Table } from '../../core/table.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { ingest, SERVICE } from './deliveries.ts';
import { bodiesOf, failed, gunicorn, logOf, nowMs, refused } from './made-up-logs.ts';
import { evaluateAll } from './verdicts.ts';

const logs = [
  logOf('access', [failed(5), failed(6), failed(25)]),
  logOf('error', [refused(5), refused(25)]),
  logOf('gunicorn', [
    gunicorn(0, 'Starting gunicorn 23.0.0'),
    gunicorn(0, 'Listening at: http://127.0.0.1:8000 (41)'),
  ]),
  logOf('gunicorn', [gunicorn(4, 'Handling signal: term'), gunicorn(4, 'Shutting down: Master')]),
  logOf('access', [failed(5, '/late'), failed(45)]),
].map((log, index) => ({
  ...log,
  events: log.events.map((event) => ({ ...event, id: event.id + index })),
}));

it('gives the same rows', async () => {
  const noted = async (table: Table) => {
    for (const { role, host, group, stream } of logs)
      await noteStream(table, {
        service: SERVICE,
        role,
        host,
        path: `${group}/${stream}`,
        nowMs,
        stamp: 'x',
      });
  };
  const alone = memoryTable();
  await noted(alone);
  for (const log of logs) await ingest(alone, { log, events: log.events }, nowMs);
  await evaluateAll(alone, nowMs);
  const wanted = bodiesOf(alone, 'MHT');
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const inner = memoryTable();
      await noted(inner);
      const table = Object.fromEntries(
        Object.entries(inner).map(([name, method]) => [
          name,
          scheduler.scheduleFunction(method as never),
        ]),
      ) as unknown as Table;
      const evaluations = ['a', 'b', 'c'].map((stamp) =>
        evaluateService(table, { service: SERVICE, nowMs, stamp }).catch((error) => {
          if ((error as { code?: string }).code !== 'MinuteContended') throw error;
        }),
      );
      const deliveries = logs.map((log, index) =>
        ingest(table, { log, events: log.events }, nowMs + index),
      );
      const again = logs.map(async (_, index) => {
        await deliveries[index];
        await evaluateService(table, { service: SERVICE, nowMs, stamp: `d${index}` }).catch(
          (error) => {
            if ((error as { code?: string }).code !== 'MinuteContended') throw error;
          },
        );
      });
      await scheduler.waitFor(Promise.all([...evaluations, ...deliveries, ...again]));
      await evaluateAll(inner, nowMs);
      expect(bodiesOf(inner, 'MHT')).toEqual(wanted);
    }),
    { numRuns: Number(process.env.RUNS ?? 150) },
  );
}, 100_000);
