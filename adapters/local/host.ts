/** One host's logs, opened: its streams, its window in time, and the zone of its error log. */

import type { Coverage } from '../../core/diagnose/attribute.ts';
import { HostWindow } from '../../core/diagnose/host-window.ts';
import type { Rollup } from '../../core/diagnose/rollup.ts';
import { printable } from '../../core/messages/printable.ts';
import type { LogRole, Observation, Signal } from '../../core/model.ts';
import type { LogFormat } from '../../core/parse/log-format.ts';
import { type Zone, ZoneFinder, zoneName } from '../../core/zone.ts';
import type { CollectedLog } from './collect-inputs.ts';
import type { OpenInput } from './open-input.ts';
import { AccessStream } from './streams/access-stream.ts';
import { ErrorStream, type OffsetAt } from './streams/error-stream.ts';
import type { HostClock } from './streams/host-clock.ts';
import type { LogStream } from './streams/log-stream.ts';
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
    if (observation.kind === 'upstream-error' && this.zone?.basis === 'given') {
      this.zones.addError({ ...observation, at: observation.at + this.zone.offsetMs });
    }
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
