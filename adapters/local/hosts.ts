/** One host's logs, opened: its streams, its window in time, and the zone of its error log. */

import type { Coverage } from '../../core/diagnose/attribute.ts';
import { HostWindow } from '../../core/diagnose/host-window.ts';
import type { Rollup } from '../../core/diagnose/rollup.ts';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/messages/printable.ts';
import { LOG_ROLES, type LogRole, type Observation, type Signal } from '../../core/model.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import { offsetOf, type Zone, ZoneFinder, zoneName } from '../../core/zone.ts';
import type { CollectedLog } from './collect-inputs.ts';
import type { OpenInput } from './open-input.ts';
import { type AccessScanner, scanHere } from './streams/access-scanner.ts';
import { AccessStream } from './streams/access-stream.ts';
import { ErrorStream, type OffsetAt } from './streams/error-stream.ts';
import { GunicornStream } from './streams/gunicorn-stream.ts';
import type { HostClock } from './streams/host-clock.ts';
import { IgnoredStream } from './streams/ignored-stream.ts';
import type { LogStream } from './streams/log-stream.ts';
import { ThreadScanner, WORTH_A_THREAD } from './streams/scan-thread.ts';
import { SystemStream } from './streams/system-stream.ts';

export type HostOptions = {
  readonly timeZone: string | null;
  /** `null`: recognised. */
  readonly format: LogFormat | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
};

/** The logs of one host and what became of them. */
export class Host {
  readonly name: string;
  readonly streams: LogStream[] = [];
  readonly window: HostWindow;
  readonly zones = new ZoneFinder();
  /** Hosts that only run Gunicorn, whose signals this one needs as well. */
  backends: readonly Host[] = [];
  /** Hosts that only run NGINX, if this one only runs Gunicorn. */
  fronts: readonly Host[] = [];
  zone: Zone | null = null;
  #offsetAt: OffsetAt = () => 0;
  readonly #inputs: CollectedLog[] = [];
  readonly #byteCounts = new Map<OpenInput, () => number>();
  /** Chunks read so far. */
  reads = 0;
  readonly #notes = new Map<LogStream, string[]>();
  /** What Gunicorn last said of itself, by the log it said it in. */
  readonly #versions = new Map<string, { version: string | null; workerClass: string | null }>();
  readonly #listeners: ((observation: Observation) => void)[] = [];

  constructor(name: string, rollup: Rollup, { sinceMs, untilMs }: HostOptions) {
    this.name = name;
    const coverageAt = (from: number, to: number) => this.#coverageAt(from, to);
    this.window = new HostWindow(name, rollup, { coverageAt, sinceMs, untilMs });
  }

  add(observation: Observation): void {
    if (observation.kind === 'request') this.zones.addRequest(observation.request, observation.at);
    if (observation.kind === 'signal') this.#noteVersion(observation);
    this.window.add(observation);
    for (const listener of this.#listeners) listener(observation);
  }

  /** `Gunicorn 23.0.0, sync`, for the log that says so. */
  #noteVersion({ facts, origin }: Signal): void {
    const { version, workerClass } = facts;
    if (version === undefined && workerClass === undefined) return;
    const said = this.#versions.get(origin.path);
    this.#versions.set(origin.path, {
      version: version ?? said?.version ?? null,
      workerClass: workerClass ?? said?.workerClass ?? null,
    });
  }

  addInput(log: CollectedLog): void {
    this.#inputs.push(log);
  }

  /** Says who counts the bytes read of an input, when it is not the input itself. */
  countBytes(input: OpenInput, readBytes: () => number): void {
    this.#byteCounts.set(input, readBytes);
  }

  /** Bytes read so far, and in all where it is known. */
  progress(): { readBytes: number; totalBytes: number | null } {
    let readBytes = 0;
    let totalBytes: number | null = 0;
    for (const { input } of this.#inputs) {
      readBytes += (this.#byteCounts.get(input) ?? input.readBytes)();
      totalBytes =
        totalBytes === null || input.sizeBytes === null ? null : totalBytes + input.sizeBytes;
    }
    return { readBytes, totalBytes };
  }

  listen(listener: (observation: Observation) => void): void {
    this.#listeners.push(listener);
  }

  note(stream: LogStream, text: string): void {
    this.#notes.set(stream, [...(this.#notes.get(stream) ?? []), text]);
  }

  notesOn(stream: LogStream): readonly string[] {
    const said = stream.role === 'access' ? undefined : this.#versions.get(stream.path);
    const server = [said?.version && `Gunicorn ${said.version}`, said?.workerClass].filter(Boolean);
    const notes = this.#notes.get(stream) ?? [];
    return server.length > 0 ? [...notes, printable(server.join(', '))] : notes;
  }

  has(...roles: readonly LogRole[]): boolean {
    return this.streams.some((stream) => roles.includes(stream.role));
  }

  errorStreams(): ErrorStream[] {
    return this.streams.filter((stream) => stream instanceof ErrorStream);
  }

  /** For a Gunicorn log whose times lack a zone, or which has none at all: what the other logs tell. */
  clock(): HostClock {
    const times = this.streams.filter((stream) => Number.isFinite(stream.stats.first));
    const first = Math.min(...times.map((stream) => stream.stats.first));
    const undatedAt = Number.isFinite(first) ? first : this.#modifiedMs();
    return { localOffsetMs: this.#localOffset(undatedAt), undatedAt };
  }

  /** The zone the user gave goes before what other logs tell. */
  #localOffset(at: number): number {
    return this.zone?.basis === 'given' ? this.#offsetAt(at) : this.zones.zone().offsetMs;
  }

  /** When the newest of the files was written to: their times are not far from it. */
  #modifiedMs(): number {
    return Math.max(...this.#inputs.map(({ input }) => input.modifiedMs));
  }

  /** Tells the error logs their zone; they are read from now on. */
  release(zone: Zone, offsetAt: OffsetAt): void {
    this.zone = zone;
    this.#offsetAt = offsetAt;
    for (const stream of this.errorStreams()) {
      stream.release(offsetAt);
      if (stream.stats.lines > 0) this.note(stream, zoneSentence(zone));
    }
  }

  #coverageAt(from: number, to: number): Coverage {
    const covers = (role: LogRole, hosts: readonly Host[]) =>
      hosts.some((host) =>
        host.streams.some(
          (stream) => holds(stream, role) && stream.stats.first < to && stream.stats.last >= from,
        ),
      );
    return {
      access: covers('access', [this, ...this.fronts]),
      error: covers('error', [this, ...this.fronts]),
      gunicorn: covers('gunicorn', [this]),
      system: covers('system', [this]),
    };
  }
}

/** A container's NGINX writes its errors between its requests, into one stream. */
export function holds(stream: LogStream, role: LogRole): boolean {
  if (role === 'error' && stream instanceof AccessStream && stream.errorLines > 0) return true;
  return stream.role === role;
}

/** Makes the hosts of the collected logs. Throws `AppError` for a bad log format or time zone. */
export function openHosts(
  logs: readonly CollectedLog[],
  options: HostOptions,
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

function openStream(log: CollectedLog, host: Host, options: HostOptions): LogStream {
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
  options: HostOptions,
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
  const { sinceMs, untilMs } = options;
  const isWrapped = log.head.some((line, index) => line !== texts[index]);
  const canScan = !isWrapped && sinceMs === null && untilMs === null;
  const scanner = canScan ? scannerOf(log.input, format, host) : null;
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

/** Lines inside a wrapper, or of a format without a safe place for the status, are parsed one by one. */
function scannerOf(input: OpenInput, format: LogFormat, host: Host): AccessScanner | null {
  const anchor = format.statusAnchor;
  if (anchor === null) return null;
  const scanFormat = { anchor, hasTries: format.hasTries };
  if (!input.isPlainFile || (input.sizeBytes ?? 0) < WORTH_A_THREAD) {
    return scanHere(input.chunks, scanFormat);
  }
  const scanner = new ThreadScanner(input.path, scanFormat);
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

function zoneSentence(zone: Zone): string {
  const name = zoneName(zone.offsetMs);
  switch (zone.basis) {
    case 'given':
      return 'time zone as given';
    case 'paired':
      return `no time zone in the file; ${name} fits the access log`;
    case 'access':
      return `no time zone in the file; ${name} as in the access log`;
    case 'gunicorn':
      return `no time zone in the file; ${name} as in the Gunicorn log`;
    case 'assumed':
      return 'no time zone in the file; UTC assumed, give --tz if that is wrong';
  }
}
