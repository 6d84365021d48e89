/** A crash at any write of an evaluation, then the repetition: every row as without the crash. */
import { expect, it } from 'vitest';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { metricsOfEvaluation } from '../../core/evaluate/evaluation-metrics.ts';
import type { Table } from '../../core/table.ts';
import { atWrite, type Fault, faultyTable } from '../fakes/faulty-table.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { SERVICE } from './deliveries.ts';
import { bodiesOf, deliver, failed, gunicorn, logOf, nowMs, refused } from './made-up-logs.ts';
import { evaluateAll } from './verdicts.ts';

const early = logOf('gunicorn', [
  gunicorn(0, 'Starting gunicorn 23.0.0'),
  gunicorn(0, 'Listening at: http://127.0.0.1:8000 (41)'),
  gunicorn(5, 'Handling signal: term'),
  gunicorn(5, 'Shutting down: Master'),
]);

async function late() {
  const table = memoryTable();
  await deliver(table, logOf('access', [failed(25)]), logOf('error', [refused(25)]));
  await evaluateAll(table, nowMs);
  await deliver(table, early);
  return table;
}

async function fresh() {
  const table = memoryTable();
  await deliver(table, logOf('access', [failed(25), failed(70)]));
  return table;
}

for (const [name, make] of Object.entries({ fresh, late })) {
  it.each<Fault>(['crash-before', 'crash-after'])(
    `${name}: %s each write leaves the same rows in the end`,
    async (fault) => {
      const clean = await make();
      await evaluateAll(clean, nowMs);
      const wanted = bodiesOf(clean, 'MHT');
      const wrong: string[] = [];
      for (let write = 1; write < 40; write++) {
        const table = await make();
        const dying = faultyTable(table, atWrite(write, fault));
        let crashed = false;
        try {
          await evaluateService(dying, { service: SERVICE, nowMs, stamp: 'dying' });
        } catch {
          crashed = true;
        }
        if (!crashed) break;
        await evaluateAll(table, nowMs);
        const got = bodiesOf(table, 'MHT');
        const call = dying.calls.find((one) => one.write === write);
        const keys = new Set([...Object.keys(wanted), ...Object.keys(got)]);
        for (const key of keys)
          if (got[key] !== wanted[key])
            wrong.push(
              `write ${write} (${call?.method} ${call?.key.partition} ${call?.key.sort}): ${key} is ${got[key] === undefined ? 'missing' : 'stale'}`,
            );
      }
      expect(wrong).toEqual([]);
    },
  );
}

it('metrics of an evaluation that fails half-way add up to the counts', async () => {
  let sum = 0;
  const table = await fresh();
  const attempt = async (on: Table, stamp: string) => {
    await evaluateService(on, {
      service: SERVICE,
      nowMs,
      stamp,
      onMinute: (change) => {
        for (const { name, value, dimensions } of metricsOfEvaluation(SERVICE, change))
          if (name === 'Failures' && Object.keys(dimensions).length === 1) sum += value;
      },
    });
  };
  await attempt(faultyTable(table, atWrite(2, 'throttle')), 'one').catch(() => {});
  await attempt(table, 'two');
  await attempt(table, 'three');
  expect(sum).toBe(2);
});
