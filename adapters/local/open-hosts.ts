import type { Rollup } from '../../core/diagnose/rollup.ts';
import { AppError } from '../../core/errors.ts';
import { LOG_ROLES, type Observation } from '../../core/model.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import { offsetOf } from '../../core/zone.ts';
import type { CollectedLog } from './collect-inputs.ts';
import { Host, type HostOptions } from './host.ts';
import type { OpenInput } from './open-input.ts';
import { type ScanThreads, WORTH_A_THREAD } from './scan-threads.ts';
import { type AccessScanner, scanHere } from './streams/access-scanner.ts';
import { AccessStream } from './streams/access-stream.ts';
import { ErrorStream } from './streams/error-stream.ts';
import { GunicornStream } from './streams/gunicorn-stream.ts';
import { IgnoredStream } from './streams/ignored-stream.ts';
import type { LogStream } from './streams/log-stream.ts';
import { ThreadScanner } from './streams/scan-thread.ts';
import { SystemStream } from './streams/system-stream.ts';

export type OpenOptions = HostOptions & { readonly threads: ScanThreads };

/** Makes the hosts of the collected logs. Throws `AppError` for a bad log format or time zone. */
export function openHosts(
  logs: readonly CollectedLog[],
  options: OpenOptions,
  rollup: Rollup,
): Host[] {
  const hosts = new Map<string, Host>();
  for (const log of logs) {
    const host = hosts.get(log.host) ?? new Host(log.host, rollup, options);
    hosts.set(log.host, host);
    host.addInput(log);
    host.streams.push(openStream(log, host, options));
    addZoneHint(log, host);
  }
  const all = [...hosts.values()];
  for (const host of all) {
    host.streams.sort((a, b) => orderOf(a) - orderOf(b));
  }
  shareBackends(all);
  if (options.timeZone !== null) releaseAs(all, options.timeZone);
  return all;
}

function openStream(log: CollectedLog, host: Host, options: OpenOptions): LogStream {
  const context = {
    input: log.input,
    host: host.name,
    add: (observation: Observation) => host.add(observation),
  };
  switch (log.role) {
    case 'access':
      return openAccess(log, host, options, context);
    case 'error':
      return new ErrorStream(context);
    case 'gunicorn':
      return new GunicornStream(context, () => host.clock());
    case 'system':
      return new SystemStream(context, () => host.clock());
    case 'app':
      return new IgnoredStream(context);
  }
}

function openAccess(
  log: CollectedLog,
  host: Host,
  options: OpenOptions,
  context: ConstructorParameters<typeof AccessStream>[0],
): LogStream {
  const texts = log.head.map((line) => unwrap(line).text);
  const known =
    options.format === null
      ? (recogniseAccessFormat(texts) ?? recogniseAnyLine(texts))
      : { format: options.format, name: 'as given' };
  if (known === null && log.head.length > 0) {
    throw new AppError(
      'UnknownLogFormat',
      `${log.input.path}: the format of this access log is not known`,
      {
        hint: 'give the log_format line of nginx.conf: --log-format \'$remote_addr - $remote_user [$time_local] "$request" $status …\'',
      },
    );
  }
  const format = known?.format ?? (NAMED_FORMATS.combined as LogFormat);
  const { sinceMs, untilMs, threads } = options;
  const isWrapped = log.head.some((line, index) => line !== texts[index]);
  const canScan = !isWrapped && sinceMs === null && untilMs === null;
  const scanner = canScan ? scannerOf(log.input, format, { host, threads }) : null;
  const offsetMs = () => host.clock().localOffsetMs;
  const stream = new AccessStream(context, { format, sinceMs, untilMs }, scanner, offsetMs);
  if (known !== null) host.note(stream, known.name);
  return stream;
}

/** Who is read first: what other logs take their time from, but a thread may start while others are read. */
function orderOf(stream: LogStream): number {
  const isThreaded = stream instanceof AccessStream && stream.isThreaded;
  return isThreaded ? LOG_ROLES.length : LOG_ROLES.indexOf(stream.role);
}

type ScanPlace = { readonly host: Host; readonly threads: ScanThreads };

/** Lines inside a wrapper, or of a format without a safe place for the status, are parsed one by one. */
function scannerOf(
  input: OpenInput,
  format: LogFormat,
  { host, threads }: ScanPlace,
): AccessScanner | null {
  const anchor = format.statusAnchor;
  if (anchor === null) return null;
  const scanFormat = { anchor, hasTries: format.hasTries };
  if (!input.isPlainFile || (input.sizeBytes ?? 0) < WORTH_A_THREAD) {
    return scanHere(input.chunks, scanFormat);
  }
  const scanner = new ThreadScanner(threads.start(), input.path, scanFormat);
  host.countBytes(input, () => scanner.readBytes);
  return scanner;
}

/** Where lines of another program stand between, the first one that has a known format decides. */
function recogniseAnyLine(texts: readonly string[]): ReturnType<typeof recogniseAccessFormat> {
  for (const text of texts) {
    const found = recogniseAccessFormat([text]);
    if (found) return found;
  }
  return null;
}

/** The same machine writes its other logs with its zone. */
function addZoneHint(log: CollectedLog, host: Host): void {
  if (log.role !== 'access' && log.role !== 'gunicorn') return;
  for (const line of log.head) {
    const match = /\d\d:\d\d:\d\d ?([+-])(\d\d):?(\d\d)\b/.exec(line.slice(0, 400));
    if (!match) continue;
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    host.zones.addHint((match[1] === '-' ? -minutes : minutes) * 60_000, log.role);
    return;
  }
}

/** Hosts with NGINX logs but none of Gunicorn's get the signals of the hosts that only have those. */
function shareBackends(hosts: readonly Host[]): void {
  const backends = hosts.filter((host) => !host.has('access', 'error'));
  const fronts = hosts.filter(
    (host) => host.has('access', 'error') && !host.has('gunicorn', 'system'),
  );
  for (const backend of backends) backend.fronts = fronts;
  for (const front of fronts) {
    front.backends = backends;
    for (const backend of backends) backend.listen((observation) => front.window.add(observation));
  }
}

function releaseAs(hosts: readonly Host[], timeZone: string): void {
  let offsetMs: number;
  try {
    offsetMs = offsetOf(timeZone, 0);
  } catch (cause) {
    throw new AppError('UnknownTimeZone', `unknown time zone "${timeZone}"`, {
      hint: 'use a name such as Europe/Berlin, an offset such as +05:30, or UTC',
      cause,
    });
  }
  for (const host of hosts) {
    host.release({ offsetMs, basis: 'given' }, (localMs) => offsetOf(timeZone, localMs));
  }
}
