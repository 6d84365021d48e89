/** The deployed pipeline's verdicts are those of `diagnose` on the same logs, for every scenario of the lab. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { memoryTable } from '../fakes/memory-table.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { ingest, split } from './deliveries.ts';
import { readTruth, scenarioLogs } from './scenario-logs.ts';
import { evaluateAll, storedVerdicts, verdictsOf } from './verdicts.ts';

const lab = join(import.meta.dirname, '..', 'fixtures', 'lab');
const names = readdirSync(lab).filter((name) => existsSync(join(lab, name, 'truth.json')));
const DAY_MS = 86_400_000;

describe('the pipeline', () => {
  it.each(names)('%s: says what diagnose says', async (name) => {
    const truth = readTruth(name);
    const { report } = await diagnoseFiles(optionsOfArguments(truth, join(lab, name)));
    const table = memoryTable();
    const logs = await scenarioLogs(name);
    const nowMs = Date.parse(truth.window.to) + 60_000;
    for (const log of logs) {
      for (const delivery of split(log, [1_000])) await ingest(table, delivery, nowMs);
    }
    await evaluateAll(table, nowMs);
    const from = Date.parse(truth.window.from);
    expect(await storedVerdicts(table, from - DAY_MS, from + DAY_MS)).toEqual(verdictsOf(report));
  });
});
