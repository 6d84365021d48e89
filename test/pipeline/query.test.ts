/** What is asked of the table is what `diagnose` says of the same logs, for every scenario of the lab. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import type { Dimension, QueryRow } from '../../core/query/query.ts';
import { runQuery } from '../../core/query/run-query.ts';
import type { Table } from '../../core/table.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { ingest, SERVICE, split } from './deliveries.ts';
import { readTruth, scenarioLogs } from './scenario-logs.ts';
import { evaluateAll } from './verdicts.ts';

const lab = join(import.meta.dirname, '..', 'fixtures', 'lab');
const names = readdirSync(lab).filter((name) => existsSync(join(lab, name, 'truth.json')));
const DAY_MS = 86_400_000;

describe('the table, when it is asked', () => {
  it.each(names)('%s: counts what diagnose counts', async (name) => {
    const truth = readTruth(name);
    const { report } = await diagnoseFiles(optionsOfArguments(truth, join(lab, name)));
    const table = memoryTable();
    const nowMs = Date.parse(truth.window.to) + 60_000;
    for (const log of await scenarioLogs(name)) {
      for (const delivery of split(log, [1_000])) await ingest(table, delivery, nowMs);
    }
    await evaluateAll(table, nowMs);
    const ask = (...by: Dimension[]) => askAround(table, by, nowMs);
    const causes = report.diagnoses.map(({ cause, failures }) => [cause, failures] as const);
    expect(countsOf(await ask('cause'), 'cause')).toEqual(sorted(causes));
    expect(countsOf(await ask('time', 'cause'), 'cause')).toEqual(sorted(causes));
    expect(countsOf(await ask('cause', 'host'), 'host')).toEqual(sorted(placesOf(report, 'hosts')));
    // Failures whose request no log tells are not in the diagnosis' routes.
    const routes = countsOf(await ask('route', 'status', 'upstream'), 'route');
    expect(routes.filter(([route]) => route !== 'null')).toEqual(
      sorted(placesOf(report, 'routes')),
    );
  });
});

async function askAround(table: Table, by: Dimension[], nowMs: number) {
  const answers = await Promise.all(
    // By the hour, by the minute, and by both at the ends of the range.
    (
      [
        ['1h', 0],
        ['1m', 0],
        ['1h', 1_234_567],
      ] as const
    ).map(([every, shift]) =>
      runQuery(
        table,
        {
          services: [SERVICE],
          fromMs: nowMs - 2 * DAY_MS - shift,
          toMs: nowMs + DAY_MS,
          by,
          every,
          timeZone: 'UTC',
          filters: {},
          limit: null,
        },
        nowMs,
      ),
    ),
  );
  const [first] = answers;
  for (const { failures } of answers) expect(failures).toBe(first?.failures);
  return first?.rows ?? [];
}

type Counts = readonly (readonly [name: string, failures: number])[];

function countsOf(rows: readonly QueryRow[], name: Exclude<Dimension, 'time'>): Counts {
  return sorted(rows.map((row) => [String(row[name]), row.failures] as const));
}

function placesOf(report: DiagnosisReport, kind: 'hosts' | 'routes'): Counts {
  return report.diagnoses.flatMap((diagnosis) =>
    kind === 'hosts'
      ? diagnosis.hosts.map(({ host, failures }) => [host, failures] as const)
      : diagnosis.routes.map(({ route, failures }) => [route, failures] as const),
  );
}

/** Added up by name, without what failed no request. */
function sorted(counts: Counts): Counts {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].filter(([, count]) => count > 0).sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
