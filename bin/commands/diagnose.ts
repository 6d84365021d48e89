import {
  type DiagnoseOptions,
  type DiagnoseResult,
  diagnoseFiles,
} from '../../adapters/local/diagnose-files.ts';
import type { ScanThreads } from '../../adapters/local/scan-threads.ts';
import { AppError } from '../../core/errors.ts';
import { printableText } from '../../core/messages/printable.ts';
import { renderDiagnosis } from '../../core/messages/render-diagnosis.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';
import { reportError } from '../cli-errors.ts';
import { Progress } from '../progress.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import { parseGunicornVersion, parseLogFormat, parseTime, parseZone } from './flag-values.ts';

/** The options of `diagnose` as commander gives them. */
export type DiagnoseFlags = Readonly<Partial<Record<LogRole, string[]>>> & {
  readonly host?: string;
  readonly tz?: string;
  readonly logFormat?: string;
  readonly gunicornVersion?: string;
  readonly since?: string;
  readonly until?: string;
  readonly html?: string;
  readonly exitCode?: boolean;
  readonly debug?: boolean;
  readonly format: 'text' | 'json';
};

type Request = Omit<DiagnoseOptions, 'onProgress' | 'onWarning'>;

/** Diagnoses files, prints the result, and returns the exit code. */
export async function runDiagnose(
  files: readonly string[],
  flags: DiagnoseFlags,
  threads: ScanThreads,
): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const request = requestFrom(files, flags, Date.now());
  const page = flags.html === undefined ? null : await import('./write-page.ts');
  if (flags.html !== undefined) page?.checkPagePath(flags.html);
  const { report, problems } = await diagnoseWithProgress({ ...request, threads });
  for (const problem of problems) reportError(problem, { isDebug: flags.debug === true });
  const text =
    flags.format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderDiagnosis(report, renderOptionsFor(process.stdout, process.env));
  process.stdout.write(text);
  if (flags.html !== undefined) {
    page?.writePage(flags.html, report);
    tellOfPage(flags.html, flags.format);
  }
  if (problems.length > 0) return 2;
  return flags.exitCode === true && report.failures > 0 ? 1 : 0;
}

/** Standard output is for the JSON alone. */
function tellOfPage(path: string, format: DiagnoseFlags['format']): void {
  if (format === 'json') process.stderr.write(`badgateway: page: ${printableText(path)}\n`);
  else process.stdout.write(`Page: ${printableText(path)}\n`);
}

/** Diagnoses with progress and warnings on standard error. */
export async function diagnoseWithProgress(request: Request): Promise<DiagnoseResult> {
  const progress = new Progress(process.stderr, Date.now);
  try {
    return await diagnoseFiles({
      ...request,
      onProgress: (read) => progress.report(read),
      onWarning: (text) => progress.warn(text),
    });
  } finally {
    progress.clear();
  }
}

/** Checks every flag and gives the request. Throws `AppError` for the first value that cannot be used. */
function requestFrom(files: readonly string[], flags: DiagnoseFlags, nowMs: number): Request {
  const inputs = [
    ...files.map((path) => ({ path, role: null })),
    ...LOG_ROLES.flatMap((role) => (flags[role] ?? []).map((path) => ({ path, role }))),
  ];
  if (inputs.length === 0) throw noInputs();
  const sinceMs = given(flags.since, (text) => parseTime('--since', text, nowMs));
  const untilMs = given(flags.until, (text) => parseTime('--until', text, nowMs));
  if (sinceMs !== null && untilMs !== null && sinceMs >= untilMs) {
    throw new AppError(
      'EmptyWindow',
      `--since ${flags.since} is not before --until ${flags.until}: exchange them, or leave one out`,
    );
  }
  return {
    inputs,
    host: flags.host ?? null,
    timeZone: given(flags.tz, parseZone),
    logFormat: given(flags.logFormat, parseLogFormat),
    gunicornVersion: given(flags.gunicornVersion, parseGunicornVersion),
    sinceMs,
    untilMs,
  };
}

function given<T>(text: string | undefined, parse: (text: string) => T): T | null {
  return text === undefined ? null : parse(text);
}

function noInputs(): AppError {
  return new AppError('NoInput', 'no logs given: name the files or directories to read', {
    hint: 'badgateway diagnose /var/log/nginx/access.log /var/log/nginx/error.log gunicorn.log',
  });
}
