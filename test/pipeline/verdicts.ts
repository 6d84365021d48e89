/** What the table says of a service, as `diagnose` would say it. */
import { NO_SETTINGS } from '../../core/diagnose/fix-facts.ts';
import { buildReport } from '../../core/diagnose/report.ts';
import { mergeRollup, newRollup } from '../../core/diagnose/rollup.ts';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import { evaluateService } from '../../core/evaluate/evaluate-service.ts';
import { minuteRanges } from '../../core/records/keys.ts';
import { decodeRollup } from '../../core/records/rollup-record.ts';
import type { Table } from '../../core/table.ts';
import { SERVICE } from './deliveries.ts';

export type Verdict = {
  readonly cause: string;
  readonly confidence: string;
  readonly failures: number;
  readonly retried: number;
  readonly truncated: number;
};

/** Evaluates until nothing is marked. */
export async function evaluateAll(table: Table, nowMs: number): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    const { minutes } = await evaluateService(table, { service: SERVICE, nowMs, stamp: `${turn}` });
    if (minutes === 0) return;
  }
  throw new Error('the marks never end');
}

/** Verdicts of all minutes from one time to another, epoch milliseconds. */
export async function storedVerdicts(
  table: Table,
  fromMs: number,
  toMs: number,
): Promise<Verdict[]> {
  const ranges = minuteRanges(SERVICE, Math.floor(fromMs / 60_000), Math.floor(toMs / 60_000));
  const rows = (await Promise.all(ranges.map((range) => table.query(range)))).flat();
  const rollup = newRollup();
  for (const { body } of rows) mergeRollup(rollup, decodeRollup(body).rollup);
  const report = buildReport({
    inputs: [],
    window: null,
    requestsByStatus: null,
    rollup,
    roles: { given: new Set(), filled: new Set() },
    settings: NO_SETTINGS,
    notes: [],
    unparsed: { lines: 0, samples: [] },
  });
  return verdictsOf(report);
}

export function verdictsOf(report: DiagnosisReport): Verdict[] {
  return report.diagnoses.map(({ cause, confidence, failures, retried, truncated }) => ({
    cause,
    confidence,
    failures,
    retried,
    truncated,
  }));
}
