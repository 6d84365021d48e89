import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Truth } from './truth.ts';

const run = promisify(execFile);

/** Whether `diagnose` agrees with the truth, and where it does not. */
export type Check = { readonly isGood: boolean; readonly problems: readonly string[] };

/** The part of `diagnose --format json` that a truth can be held against; see contracts.md. */
type Report = {
  readonly requests: { readonly total: number } | null;
  readonly failures: number;
  readonly diagnoses: readonly {
    readonly cause: string;
    readonly confidence: string;
    readonly failures: number;
    readonly retried: number;
    readonly truncated?: number;
  }[];
};

/** The command to check with: the one given, else the built CLI if it is there. */
export function findCli(given: string | undefined): string | undefined {
  if (given !== undefined) return given;
  const built = resolve(import.meta.dirname, '..', 'dist', 'badgateway.cjs');
  return existsSync(built) ? `${process.execPath} ${built}` : undefined;
}

/** Runs `diagnose` on one scenario's folder and compares. */
export async function checkScenario(cli: string, folder: string, truth: Truth): Promise<Check> {
  const [command = '', ...words] = cli.split(' ');
  const args = [...words, 'diagnose', '--format', 'json', ...truth.args, ...truth.inputs];
  try {
    const { stdout } = await run(command, args, {
      cwd: folder,
      timeout: 30_000,
      maxBuffer: 64 << 20,
    });
    const problems = compareWithTruth(
      JSON.parse(stdout) as Report,
      truth,
      hasAccessLog(folder, truth),
    );
    return { isGood: problems.length === 0, problems };
  } catch (error) {
    return { isGood: false, problems: [String((error as Error).message).slice(0, 600)] };
  }
}

function hasAccessLog(folder: string, truth: Truth): boolean {
  return truth.inputs.some(
    (input) => input.includes('access') || existsSync(join(folder, input, 'access.log')),
  );
}

/** Every difference between what the tool says and what the client saw. */
export function compareWithTruth(report: Report, truth: Truth, isCounted: boolean): string[] {
  const problems = [
    ...differences(
      'failures of',
      countsBy(report, (d) => d.failures),
      truth.causes,
    ),
    ...differences(
      'truncated by',
      countsBy(report, (d) => d.truncated ?? 0),
      truth.truncatedCauses,
    ),
  ];
  if (report.failures !== truth.failures) {
    problems.push(`failures: said ${report.failures}, the client saw ${truth.failures}`);
  }
  if (Object.keys(truth.retried).length > 0) {
    problems.push(
      ...differences(
        'retried after',
        countsBy(report, (d) => d.retried),
        truth.retried,
      ),
    );
  }
  if (isCounted && report.requests?.total !== truth.client.total) {
    problems.push(
      `requests: said ${report.requests?.total}, the client sent ${truth.client.total}`,
    );
  }
  for (const [cause, wanted] of Object.entries(truth.confidence ?? {})) {
    const said = report.diagnoses.find((diagnosis) => diagnosis.cause === cause)?.confidence;
    if (said !== wanted) problems.push(`confidence of ${cause}: said ${said}, it is ${wanted}`);
  }
  return problems;
}

type Counts = Readonly<Record<string, number>>;

function countsBy(report: Report, of: (diagnosis: Report['diagnoses'][number]) => number): Counts {
  const counts: Record<string, number> = {};
  for (const diagnosis of report.diagnoses) {
    counts[diagnosis.cause] = (counts[diagnosis.cause] ?? 0) + of(diagnosis);
  }
  return counts;
}

function differences(what: string, said: Counts, seen: Counts): string[] {
  const causes = [...new Set([...Object.keys(said), ...Object.keys(seen)])].sort();
  return causes
    .filter((cause) => (said[cause] ?? 0) !== (seen[cause] ?? 0))
    .map((cause) => `${what} ${cause}: said ${said[cause] ?? 0}, it is ${seen[cause] ?? 0}`);
}
