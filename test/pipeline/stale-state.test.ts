/** A state that was written for a signal which later evidence takes back is still believed. */
import { expect, it } from 'vitest';
import { noteStream } from '../../core/records/note-streams.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { SERVICE } from './deliveries.ts';
import { bodiesOf, deliver, failed, gunicorn, logOf, nowMs, refused } from './made-up-logs.ts';
import type { ShippedLog } from './scenario-logs.ts';
import { evaluateAll } from './verdicts.ts';

const logs: ShippedLog[] = [
  logOf('gunicorn', [
    gunicorn(1, 'Worker (pid:42) was sent SIGKILL! Perhaps out of memory?', 41, 'ERROR'),
  ]),
  // Comes late: no worker 42 has booted, so that nobody can have written the line above.
  logOf('gunicorn', [gunicorn(0, 'Starting gunicorn 23.0.0')]),
  logOf('access', [failed(90)]),
  logOf('error', [refused(90)]),
].map((log, index) => ({
  ...log,
  events: log.events.map((event) => ({ ...event, id: event.id + index })),
}));

it('gives the same counts whether or not it was evaluated between', async () => {
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
        stamp: 'known',
      });
    for (const log of logs) {
      await deliver(table, log);
      if (isStepwise) await evaluateAll(table, nowMs);
    }
    await evaluateAll(table, nowMs);
    rows.push(bodiesOf(table, 'TM'));
  }
  expect(Object.keys(rows[1] ?? {})).toEqual(Object.keys(rows[0] ?? {}));
  expect(rows[1]).toEqual(rows[0]);
});
