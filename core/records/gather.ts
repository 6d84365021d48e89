/**
 * Puts the deliveries of a host together: each log event once, whatever was delivered again, in whichever grouping.
 * What comes out does not depend on the order of the parts.
 */
import { type Evidence, foldObservation, newEvidence } from '../fold.ts';
import type { RequestRecord, UpstreamError } from '../model.ts';
import type { BatchPart } from './batch-record.ts';
import type { BackendLine } from './stream-minute.ts';

/** The lines of one Gunicorn or system log, in order. */
export type BackendLog = {
  readonly role: string;
  readonly path: string;
  readonly lines: readonly BackendLine[];
};

export type HostRecords = {
  readonly host: string;
  /** Evidence of NGINX's logs by minute. */
  readonly minutes: ReadonlyMap<number, Evidence>;
  readonly logs: readonly BackendLog[];
  /** Events that came more than once, by minute. */
  readonly duplicates: ReadonlyMap<number, number>;
  /** Minutes in which repeated deliveries could not be told apart one by one. */
  readonly blurred: ReadonlySet<number>;
};

/** The hosts of these parts, in order of their names. */
export function gatherHosts(parts: readonly BatchPart[]): HostRecords[] {
  const hosts = new Map<string, Gathering>();
  for (const part of [...parts].sort(compareParts)) {
    let gathering = hosts.get(part.host);
    if (!gathering) {
      gathering = new Gathering(part.host);
      hosts.set(part.host, gathering);
    }
    gathering.add(part);
  }
  return [...hosts.values()]
    .sort((a, b) => compareText(a.host, b.host))
    .map((gathering) => gathering.finish());
}

function compareParts(a: BatchPart, b: BatchPart): number {
  return a.minute - b.minute || compareText(a.path, b.path);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Drop = { readonly minute: number; readonly key: string; readonly name: string };

class Gathering {
  readonly host: string;
  readonly #minutes = new Map<number, Evidence>();
  readonly #seen = new Set<string>();
  readonly #dropped: Drop[] = [];
  readonly #lines = new Map<
    string,
    { role: string; path: string; lines: Map<string, BackendLine> }
  >();
  readonly #duplicates = new Map<number, number>();
  readonly #blurred = new Set<number>();

  constructor(host: string) {
    this.host = host;
  }

  add(part: BatchPart): void {
    for (const item of [...part.requests, ...part.errors]) this.#addOnce(part, item);
    for (const [name, ids] of part.dropped) {
      for (const id of ids)
        this.#dropped.push({ minute: part.minute, key: `${part.path}\n${id}`, name });
    }
    for (const [name, count] of part.unnamed) {
      this.#blurred.add(part.minute);
      addDropped(this.#evidence(part.minute), name, count);
    }
    if (part.lines.length > 0) this.#addLines(part);
  }

  finish(): HostRecords {
    for (const { minute, key, name } of this.#dropped) {
      if (this.#isFirst(minute, key)) addDropped(this.#evidence(minute), name, 1);
    }
    return {
      host: this.host,
      minutes: this.#minutes,
      logs: [...this.#lines.values()].map(({ role, path, lines }) => ({
        role,
        path,
        lines: [...lines.values()].sort(compareLines),
      })),
      duplicates: this.#duplicates,
      blurred: this.#blurred,
    };
  }

  #addOnce(
    part: BatchPart,
    item: { readonly id: string; readonly observation: RequestRecord | UpstreamError },
  ): void {
    if (!this.#isFirst(part.minute, `${part.path}\n${item.id}`)) return;
    foldObservation(this.#evidence(part.minute), item.observation);
  }

  #isFirst(minute: number, key: string): boolean {
    if (this.#seen.has(key)) {
      this.#duplicates.set(minute, (this.#duplicates.get(minute) ?? 0) + 1);
      return false;
    }
    this.#seen.add(key);
    return true;
  }

  #addLines({ role, path, minute, lines }: BatchPart): void {
    const key = `${role}\n${path}`;
    let log = this.#lines.get(key);
    if (!log) {
      log = { role, path, lines: new Map() };
      this.#lines.set(key, log);
    }
    for (const line of lines) {
      if (log.lines.has(line.id)) {
        this.#duplicates.set(minute, (this.#duplicates.get(minute) ?? 0) + 1);
      } else log.lines.set(line.id, line);
    }
  }

  #evidence(minute: number): Evidence {
    let evidence = this.#minutes.get(minute);
    if (!evidence) {
      evidence = newEvidence();
      this.#minutes.set(minute, evidence);
    }
    return evidence;
  }
}

function addDropped(evidence: Evidence, name: string, count: number): void {
  const { dropped } = /^\d/.test(name) ? evidence.requests : evidence.errors;
  dropped.set(name, (dropped.get(name) ?? 0) + count);
}

/**
 * CloudWatch's ids grow with the order of a stream's events (56 digits, by time). Where ids are no numbers (an
 * emulator's), the order of delivery is kept.
 */
function compareLines(a: BackendLine, b: BackendLine): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.id.length !== b.id.length || !isNumeric(a.id) || !isNumeric(b.id)) return 0;
  return compareText(a.id, b.id);
}

function isNumeric(id: string): boolean {
  return /^\d{20,}$/.test(id);
}
