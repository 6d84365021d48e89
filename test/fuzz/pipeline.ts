/** The main job on logs that are only in memory, and what must hold of its result whatever they say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiagnoseResult, diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import type { DiagnosisReport } from '../../core/diagnosis.ts';
import { printableText } from '../../core/messages/printable.ts';
import { renderDiagnosis } from '../../core/messages/render-diagnosis.ts';
import { ansiStyle, plainStyle } from '../../core/messages/style.ts';
import type { LogRole } from '../../core/model.ts';
import { diagnosisReportSchema } from '../../core/schema/diagnosis.ts';
import { assertPrintable } from './controls.ts';

/** A log by its bytes; `role` `null`: to be recognised. */
export type MemoryLog = {
  readonly name: string;
  readonly role: LogRole | null;
  readonly bytes: Buffer;
};

/** `diagnose` on these logs. Rejects with `AppError` as it does. */
export async function diagnoseLogs(
  logs: readonly MemoryLog[],
  logFormat: string | null = null,
): Promise<DiagnoseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'badgateway-fuzz-'));
  try {
    const inputs = logs.map(({ name, role, bytes }) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return { path, role };
    });
    return await diagnoseFiles({
      inputs,
      host: null,
      timeZone: null,
      logFormat,
      gunicornVersion: null,
      sinceMs: null,
      untilMs: null,
      onProgress: () => undefined,
      onWarning: () => undefined,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Throws unless a result is as promised: its schema, its sums, and nothing in its texts for a terminal to obey. */
export function checkResult({ report, problems }: DiagnoseResult): void {
  diagnosisReportSchema.parse(report);
  const attributed = report.diagnoses.reduce((sum, { failures }) => sum + failures, 0);
  if (attributed !== report.failures) {
    throw new Error(`${attributed} failures have a cause, ${report.failures} were counted`);
  }
  assertPrintable('JSON', JSON.stringify(report, null, 2));
  for (const problem of problems) assertPrintable('problem', printableText(problem.message));
  for (const width of [20, 100]) {
    for (const style of [plainStyle, ansiStyle]) {
      const options = { width, style, timeZone: 'UTC', ascii: width === 20 } as const;
      assertPrintable('text', renderDiagnosis(report, options));
    }
  }
}

/** What a lie in a log must not change: how many failed, of what. */
export function verdictOf(report: DiagnosisReport): unknown {
  return {
    requests: report.requests?.byStatus ?? null,
    failures: report.failures,
    causes: Object.fromEntries(
      report.diagnoses.map(({ cause, mechanism, confidence, failures, retried, truncated }) => [
        `${cause} ${mechanism}`,
        { confidence, failures, retried, truncated },
      ]),
    ),
  };
}
