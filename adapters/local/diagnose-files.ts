/** The main job on files: read, join, name the causes. */

import { NO_SETTINGS } from '../../core/diagnose/fix-facts.ts';
import { buildReport } from '../../core/diagnose/report.ts';
import { newRollup, type Rollup } from '../../core/diagnose/rollup.ts';
import type { DiagnosisReport, InputSummary } from '../../core/diagnosis.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/messages/printable.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';
import { compileLogFormat, type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { zoneName } from '../../core/zone.ts';
import { type CollectedLog, collectInputs, type NamedInput } from './collect-inputs.ts';
import { keepHeapSmall } from './heap.ts';
import { type Host, holds } from './host.ts';
import { openHosts } from './open-hosts.ts';
import { runHosts } from './run-hosts.ts';
import { ScanThreads } from './scan-threads.ts';
import { AccessStream } from './streams/access-stream.ts';
import type { LogStream } from './streams/log-stream.ts';

export type DiagnoseOptions = {
  readonly inputs: readonly NamedInput[];
  readonly host: string | null;
  /** IANA name or offset for logs without a zone; `null`: found out. */
  readonly timeZone: string | null;
  /** An NGINX `log_format` string, or the name of a known one; `null`: recognised. */
  readonly logFormat: string | null;
  readonly gunicornVersion: string | null;
  /** Epoch milliseconds. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  /** Where one may have been started ahead. */
  readonly threads?: ScanThreads;
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (text: string) => void;
};

export type Progress = {
  readonly readBytes: number;
  readonly totalBytes: number | null;
  readonly path: string;
};

export type DiagnoseResult = {
  readonly report: DiagnosisReport;
  /** Inputs that could not be read, in whole or in part. */
  readonly problems: readonly AppError[];
};

/**
 * Diagnoses files and directories. What cannot be read is in `problems` and the rest is diagnosed; throws
 * `AppError` when nothing at all can be.
 */
export async function diagnoseFiles(options: DiagnoseOptions): Promise<DiagnoseResult> {
  const format = options.logFormat === null ? null : formatNamed(options.logFormat);
  const collected = await collectInputs(options.inputs, { host: options.host, format });
  const problems = [...collected.problems];
  const first = problems[0];
  if (collected.skipped.length > 0) {
    options.onWarning(
      `not logs, left out: ${collected.skipped.map((path) => printable(path)).join(', ')}`,
    );
  }
  if (collected.logs.length === 0 && first) throw first;
  if (collected.logs.every((log) => log.head.length === 0)) throw nothingToRead(options);
  await keepHeapSmall(sizeOf(collected.logs));
  const rollup = newRollup();
  const threads = options.threads ?? new ScanThreads();
  const hosts = openHosts(collected.logs, { ...options, format, threads }, rollup);
  problems.push(...(await runHosts(hosts, options)));
  const streams = hosts.flatMap((host) => host.streams);
  problems.push(...streams.filter(isAnotherLog).map(wrongLog));
  const report = reportOf(hosts, rollup, options);
  return { report, problems };
}

function reportOf(
  hosts: readonly Host[],
  rollup: Rollup,
  options: DiagnoseOptions,
): DiagnosisReport {
  const streams = hosts.flatMap((host) => host.streams);
  const roles = {
    given: new Set<LogRole>(streams.map((stream) => stream.role)),
    filled: new Set<LogRole>(
      LOG_ROLES.filter((role) => streams.some((stream) => holds(stream, role) && hasLines(stream))),
    ),
  };
  const samples = streams.flatMap((stream) => stream.stats.samples);
  return buildReport({
    inputs: streams.map(
      (stream): InputSummary => ({
        path: printable(stream.path),
        role: stream.role,
        host: printable(stream.host),
        lines: stream.stats.lines,
        unparsed: stream.stats.unparsed,
        notes: hosts.flatMap((host) => host.notesOn(stream)),
      }),
    ),
    window: windowOf(streams),
    requestsByStatus: requestsOf(streams),
    rollup,
    roles,
    settings: { ...NO_SETTINGS, gunicornVersion: options.gunicornVersion },
    notes: notesOn(roles.filled, hosts),
    unparsed: {
      lines: streams.reduce((sum, stream) => sum + stream.stats.unparsed, 0),
      samples: samples.slice(0, 5),
    },
  });
}

/** Hardly a line has the form of its log. */
function isAnotherLog({ stats }: LogStream): boolean {
  return stats.lines > 0 && stats.unparsed >= stats.lines * 0.9;
}

function wrongLog({ path, role, stats }: LogStream): AppError {
  const name = printable(path);
  return new AppError(
    'WrongLog',
    `${name}: ${stats.unparsed} of its ${stats.lines} lines are not of a log of the role "${role}"`,
    {
      hint:
        role === 'access'
          ? 'give its log_format from nginx.conf with --log-format, or name the file without --access to have it recognised'
          : `name the file without --${role} to have it recognised`,
    },
  );
}

function nothingToRead(options: DiagnoseOptions): AppError {
  const paths = options.inputs.map((input) => input.path).join(', ');
  return new AppError('EmptyInput', `${paths}: there is not one line in it`, {
    hint: 'an access.log and an error.log of the time of the 502s are needed; logrotate may have moved them to access.log.1',
  });
}

/** Bytes to be read; `null` where a stream or a compressed file does not tell. */
function sizeOf(logs: readonly CollectedLog[]): number | null {
  let total = 0;
  for (const { input } of logs) {
    if (input.sizeBytes === null || (!input.isPlainFile && input.sizeBytes > 0)) return null;
    total += input.sizeBytes;
  }
  return total;
}

/** The time that the logs of requests cover; without one, the time of all logs. */
function windowOf(streams: readonly LogStream[]): { from: number; to: number } | null {
  const timed = streams.filter((stream) => Number.isFinite(stream.stats.first));
  const ofRequests = timed.filter((stream) => stream.role === 'access');
  const used = ofRequests.length > 0 ? ofRequests : timed;
  if (used.length === 0) return null;
  return {
    from: Math.min(...used.map((stream) => stream.stats.first)),
    to: Math.max(...used.map((stream) => stream.stats.last)),
  };
}

function requestsOf(streams: readonly LogStream[]): Map<string, number> | null {
  const access = streams.filter((stream) => stream instanceof AccessStream);
  if (access.length === 0) return null;
  const byStatus = new Map<string, number>();
  for (const { statuses } of access) {
    statuses.forEach((count, status) => {
      if (count === 0) return;
      const name = String(status).padStart(3, '0');
      byStatus.set(name, (byStatus.get(name) ?? 0) + count);
    });
  }
  return byStatus;
}

/** What limits the answer. */
function notesOn(roles: ReadonlySet<LogRole>, hosts: readonly Host[]): string[] {
  const notes: string[] = [];
  if (!roles.has('access')) {
    notes.push(
      roles.has('error')
        ? 'without an access log the error log’s own lines are counted: a retry that succeeded counts as a failure'
        : 'without NGINX’s logs only Gunicorn’s own timeouts are counted',
    );
  }
  if (roles.has('access') && !roles.has('error') && !hosts.some((host) => host.has('error'))) {
    notes.push('without an error log most failures cannot be explained: give --error');
  }
  if (hosts.some((host) => host.zone?.basis === 'assumed' && host.errorStreams().some(hasLines))) {
    notes.push(
      'the error log has no time zone and nothing tells which: UTC was assumed, give --tz',
    );
  }
  return [...notes, ...hosts.flatMap(wrongZones)];
}

/** A zone that the user gave and that pairs of lines about the same request speak against. */
function wrongZones(host: Host): string[] {
  if (host.zone?.basis !== 'given') return [];
  const shown = host.zones.contradiction(host.zone.offsetMs);
  if (shown === null) return [];
  return [
    `the given time zone fits no failure in the access log, ${zoneName(shown)} does: without --tz it would be found`,
  ];
}

function hasLines(stream: LogStream): boolean {
  return stream.stats.lines > 0;
}

/** A named format, or the text of an NGINX `log_format`. */
function formatNamed(text: string): LogFormat {
  return NAMED_FORMATS[text] ?? compileLogFormat(text);
}
