/** What cannot be evaluated must not keep the rest of its service from being counted. */
import { expect, it } from 'vitest';
import { memoryTable } from '../fakes/memory-table.ts';
import { deliver, failed, gunicorn, logOf, MINUTE_MS, nowMs, START } from './made-up-logs.ts';
import { evaluateAll, storedVerdicts } from './verdicts.ts';

it('a record of a later version (a deployment rolled back) beside others', async () => {
  const table = memoryTable();
  await deliver(table, logOf('access', [failed(10)]));
  for (const row of table.rows())
    if (row.partition.startsWith('B'))
      await table.put({ ...row, body: row.body.replace('"v":1', '"v":2') });
  await deliver(table, logOf('access', [failed(100), failed(200)], 'web-2'));
  await evaluateAll(table, nowMs).catch(() => {});
  await evaluateAll(table, nowMs).catch(() => {});
  expect(await storedVerdicts(table, START, START + 300 * MINUTE_MS)).toMatchObject([
    { failures: 2 },
  ]);
});

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'lines that name "%s"',
  async (name) => {
    const table = memoryTable();
    const syslog = `2026-11-20T12:10:00.000000+00:00 web-1 ${name}[41]: [2026-11-20 12:10:00 +0000] [41] [ERROR] Exception in worker process`;
    await deliver(
      table,
      logOf('gunicorn', [
        gunicorn(10, `Handling signal: ${name}`),
        gunicorn(10, `Using worker: ${name}`),
        gunicorn(10, `Worker (pid:4) was sent ${name}!`),
      ]),
      logOf('system', [
        [10, syslog],
        [
          10,
          `2026-11-20T12:10:00.000000+00:00 web-1 systemd[1]: shop.service: Failed with result '${name}'.`,
        ],
        [
          10,
          `2026-11-20T12:10:00.000000+00:00 web-1 systemd[1]: shop.service: Main process exited, code=exited, status=203/${name}`,
        ],
        [10, `2026-11-20T12:10:00.000000+00:00 web-1 systemd[1]: ${name} shop.service - Shop.`],
        [
          10,
          JSON.stringify({
            [name]: 1,
            MESSAGE: `Failed ${name}`,
            _SYSTEMD_UNIT: name,
            SYSLOG_IDENTIFIER: name,
            MESSAGE_ID: name,
            JOB_RESULT: name,
            JOB_TYPE: name,
          }),
        ],
        [
          10,
          JSON.stringify({
            MESSAGE: `Failed to start`,
            SYSLOG_IDENTIFIER: 'systemd',
            UNIT: 'shop.service',
            MESSAGE_ID: name,
            JOB_RESULT: name,
            JOB_TYPE: name,
          }),
        ],
      ]),
      logOf('access', [failed(10, `/${name}`)]),
    );
    await evaluateAll(table, nowMs);
    expect(await storedVerdicts(table, START, START + 300 * MINUTE_MS)).toMatchObject([
      { failures: 1 },
    ]);
  },
);
