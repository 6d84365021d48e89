/** The verdict on a minute must not depend on how many marked minutes were read together with it. */
import { expect, it } from 'vitest';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { noteStream } from '../../core/records/note-streams.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { ingest, SERVICE } from './deliveries.ts';
import { bodiesOf, gunicorn, logOf, nowMs } from './made-up-logs.ts';
import { evaluateAll } from './verdicts.ts';

const killed = 'Worker (pid:42) was sent SIGKILL! Perhaps out of memory?';

// With the start in sight nobody can have written the later lines; ten minutes after it they are believed.
const logs = [
  logOf('gunicorn', [gunicorn(0, 'Starting gunicorn 23.0.0')]),
  logOf('gunicorn', [gunicorn(16, killed, 41, 'ERROR')]),
  logOf('gunicorn', [gunicorn(10, killed, 41, 'ERROR')]),
].map((log, index) => ({
  ...log,
  events: log.events.map((event) => ({ ...event, id: event.id + index })),
}));

it('one window or one for each minute', async () => {
  const rows = [];
  for (const isStepwise of [false, true]) {
    const table = memoryTable();
    for (const { role, host, group, stream } of logs)
      await noteStream(table, {
        service: SERVICE,
        role,
        host,
        path: `${group}/${stream}`,
        nowMs,
        stamp: 'x',
      });
    for (const [turn, log] of logs.entries()) {
      await ingest(table, { log, events: log.events }, nowMs + turn);
      if (isStepwise) await evaluateService(table, { service: SERVICE, nowMs, stamp: `${turn}` });
    }
    await evaluateAll(table, nowMs);
    rows.push(bodiesOf(table, 'M'));
  }
  expect(rows[1]).toEqual(rows[0]);
});
