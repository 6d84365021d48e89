/** Folds the attributions of one host and minute into a rollup. */
import { addToCells } from '../cells.ts';
import type { LogRole, Signal } from '../model.ts';
import { routeOf } from '../route.ts';
import { addToTally } from '../tally.ts';
import type { Attribution } from './attribute.ts';
import { type Failure, isSymptom, requestLineOf, upstreamOf } from './failure.ts';
import {
  addAt,
  addExhibit,
  type CauseRollup,
  countSignal,
  EXHIBIT_LENGTH,
  type Exhibit,
  entryOf,
  type Rollup,
  wantsExhibit,
} from './rollup.ts';
import type { Proof } from './verdict.ts';

/** Adds attributions of one host into `rollup`, in place. Each signal counts once, however many it explains. */
export function rollUp(rollup: Rollup, host: string, attributions: readonly Attribution[]): void {
  const told = new Map<CauseRollup, Told>();
  for (const attribution of attributions) {
    const entry = entryOf(rollup, attribution.cause);
    addCounts(entry, host, attribution);
    addExhibits(entry, host, attribution.failure);
    let known = told.get(entry);
    if (!known) {
      known = { proofs: new Set(), lists: new Set(), killed: new Set() };
      told.set(entry, known);
    }
    addProofs(entry, attribution.by, known);
  }
}

/** What a cause's proofs are so far; whole lists, because thousands of failures may share a long one. */
type Told = {
  readonly proofs: Set<Proof>;
  readonly lists: Set<readonly Proof[]>;
  /** Processes that the kernel killed. */
  readonly killed: Set<number>;
};

function addProofs(entry: CauseRollup, proofs: readonly Proof[], told: Told): void {
  if (told.lists.has(proofs)) return;
  told.lists.add(proofs);
  for (const proof of proofs) {
    if (told.proofs.has(proof)) continue;
    told.proofs.add(proof);
    addLine(entry, proof.role, proof, proof.host);
    if (proof.kind === 'signal') addSignal(entry, proof, isNews(proof, told));
  }
}

function addCounts(entry: CauseRollup, host: string, attribution: Attribution): void {
  const { failure, weight, confidence, backend } = attribution;
  const failed = failure.visibility === 'failed' ? weight : 0;
  entry.failures += failed;
  if (failure.visibility === 'retried') entry.retried += weight;
  if (failure.visibility === 'truncated') entry.truncated += weight;
  if (failure.isFinding) entry.findings += 1;
  addAt(entry, failure.at, failed);
  entry.confidences.set(confidence, (entry.confidences.get(confidence) ?? 0) + Math.max(1, weight));
  if (failed > 0) addToTally(entry.statuses, failure.status, failed);
  addPlaces(entry, host, failure, failed);
  addBackend(entry, attribution, backend);
  const decisive = decisiveError(failure);
  if (decisive) addToTally(entry.mechanisms, decisive.mechanism, weight);
  for (const error of failure.errors) {
    if (isSymptom(error.mechanism)) addToTally(entry.symptoms, error.mechanism, weight);
  }
}

/** The error that names the mechanism: of a symptom's, the one it follows from. */
function decisiveError(failure: Failure) {
  const { error } = failure;
  if (!error || !isSymptom(error.mechanism)) return error;
  return failure.errors.findLast((other) => !isSymptom(other.mechanism)) ?? error;
}

function addPlaces(entry: CauseRollup, host: string, failure: Failure, failed: number): void {
  const requestLine = requestLineOf(failure) ?? requestOfDeath(failure);
  const upstream = upstreamOf(failure);
  const count = failed;
  const route = requestLine === null ? null : routeOf(requestLine);
  addToTally(entry.hosts, host, count);
  if (route !== null) addToTally(entry.routes, route, count);
  if (requestLine !== null) addExamplePath(entry, failure.at, requestLine);
  if (upstream !== null) addToTally(entry.upstreams, upstream, count);
  const { status } = failure;
  if (count > 0) addToCells(entry.cells, { host, route, upstream, status }, count);
  const durationMs = failure.request?.requestMs ?? null;
  if (durationMs !== null) {
    addToTally(entry.facts.seconds, String(Math.floor(durationMs / 1_000)), Math.max(1, count));
  }
  const name = /^(\S+) could not be resolved/.exec(failure.error?.message ?? '')?.[1];
  if (name !== undefined) addToTally(entry.facts.dnsNames, name);
}

/** The earliest request's path, for a check to try; of two at once the first in order, so that merging is fair. */
function addExamplePath(entry: CauseRollup, at: number, requestLine: string): void {
  const { facts } = entry;
  if (at > facts.exampleAt) return;
  const path = requestLine.split(' ', 2)[1]?.split('?', 1)[0] ?? '/';
  if (at === facts.exampleAt && facts.examplePath !== null && path >= facts.examplePath) return;
  facts.exampleAt = at;
  facts.examplePath = path;
}

function requestOfDeath(failure: Failure): string | null {
  const request = failure.death?.request;
  return request ? `${request.method ?? 'GET'} ${request.uri} HTTP/1.1` : null;
}

function addBackend(
  entry: CauseRollup,
  attribution: Attribution,
  backend: Attribution['backend'],
): void {
  const weight = Math.max(1, attribution.weight);
  for (const address of backend.listening) addToTally(entry.facts.listening, address, weight);
  if (backend.version) addToTally(entry.facts.versions, backend.version, weight);
  if (backend.workerClass) addToTally(entry.facts.workerClasses, backend.workerClass, weight);
  if (backend.unit) addToTally(entry.facts.units, backend.unit, weight);
}

/** The kernel writes two lines about one kill. */
function isNews({ id, pid }: Signal, told: Told): boolean {
  if (id !== 'oom-kill' || pid === null) return true;
  const isFirst = !told.killed.has(pid);
  told.killed.add(pid);
  return isFirst;
}

function addSignal(entry: CauseRollup, signal: Signal, isCounted: boolean): void {
  const { facts } = entry;
  if (isCounted) countSignal(entry, signal.id);
  if (signal.facts.exception !== undefined) addToTally(facts.exceptions, signal.facts.exception);
  if (signal.facts.frame !== undefined) addToTally(facts.frames, signal.facts.frame);
  const reason = signal.facts.reason ?? signal.facts.signal;
  if (reason !== undefined) addToTally(facts.reasons, reason);
  if (signal.facts.exitCode !== undefined) {
    addToTally(facts.reasons, `exit code ${signal.facts.exitCode}`);
  }
  if (signal.pid !== null && signal.id !== 'request-error') {
    addToTally(facts.pids, String(signal.pid));
  }
  facts.memoryKb = Math.max(facts.memoryKb, signal.facts.memoryKb ?? 0);
  if (signal.unit) addToTally(facts.units, signal.unit);
}

function addExhibits(entry: CauseRollup, host: string, failure: Failure): void {
  if (failure.request) addLine(entry, 'access', failure.request, host);
  for (const error of failure.errors.slice(0, 2)) addLine(entry, 'error', error, host);
}

function addLine(entry: CauseRollup, role: LogRole, line: Line, host: string): void {
  if (wantsExhibit(entry, role, line.at)) addExhibit(entry, { ...exhibitOf(line, host), role });
}

type Line = {
  readonly at: number;
  readonly origin: { readonly path: string; readonly lineNumber: number };
  readonly line: string;
};

function exhibitOf(item: Line, host: string): Omit<Exhibit, 'role'> {
  return {
    at: item.at,
    host,
    path: item.origin.path,
    lineNumber: item.origin.lineNumber,
    line: item.line.slice(0, EXHIBIT_LENGTH),
  };
}
