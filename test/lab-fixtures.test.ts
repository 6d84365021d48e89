/**
 * Every recorded scenario of the lab (real NGINX, real Gunicorn, a client that counted): the causes and the counts
 * are what the client saw. `npm run lab` does the same live.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnoseFiles } from '../adapters/local/diagnose-files.ts';
import type { DiagnosisReport } from '../core/diagnosis.ts';
import { diagnosisReportSchema } from '../core/schema/diagnosis.ts';
import { compareWithTruth } from '../lab/check.ts';
import type { Truth } from '../lab/truth.ts';
import { optionsOfArguments } from './lab-arguments.ts';

const lab = join(import.meta.dirname, 'fixtures', 'lab');
const names = readdirSync(lab).filter((name) => existsSync(join(lab, name, 'truth.json')));

describe('the recorded lab', () => {
  it('has at least 35 scenarios', () => {
    expect(names.length).toBeGreaterThanOrEqual(35);
  });

  it.each(names)(
    '%s: every failure has the cause and the count that the client saw',
    async (name) => {
      const directory = join(lab, name);
      const truth = JSON.parse(readFileSync(join(directory, 'truth.json'), 'utf8')) as Truth;
      const { report, problems } = await diagnoseFiles(optionsOfArguments(truth, directory));
      expect(problems).toEqual([]);
      expect(compareWithTruth(report, truth, report.requests !== null)).toEqual([]);
      expectConsistent(report);
    },
  );
});

function expectConsistent(report: DiagnosisReport): void {
  const sum = report.diagnoses.reduce((total, diagnosis) => total + diagnosis.failures, 0);
  expect(sum).toBe(report.failures);
  expect(() => diagnosisReportSchema.parse(JSON.parse(JSON.stringify(report)))).not.toThrow();
  for (const diagnosis of report.diagnoses) {
    expect(diagnosis.evidence.length).toBeGreaterThan(0);
    expect(diagnosis.fixes.length).toBeGreaterThan(0);
  }
}
