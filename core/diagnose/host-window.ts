/**
 * One host's logs on their way through time: observations go in roughly in order, minutes are attributed as
 * soon as every log has moved past what could still change them, and then forgotten. Memory follows the
 * failures of a few minutes, not the length of the logs.
 */
import { type Evidence, foldObservation, newEvidence, settleEvidence } from '../fold.ts';
import { LOG_ROLES, type Observation, type Signal } from '../model.ts';
import { attributeSpan, type Coverage, MINUTE_MS } from './attribute.ts';
import { type BackendState, backendStates, UNKNOWN_BACKEND } from './lifecycle.ts';
import { rollUp } from './roll-up.ts';
import type { Rollup } from './rollup.ts';

/** Minutes after a failure that may still explain it: a restart is one when the backend comes back. */
const MINUTES_AFTER = 3;
/** Minutes before a failure that may explain it; older ones live on in the backend's state. */
const MINUTES_BEFORE = 2;

/** Longest span attributed at once, minutes. */
const MAX_SPAN = 60;
/** Minutes are attributed together, since neighbours share their surroundings… */
const PATIENCE = 15;
/** … unless so many observations have come together. */
const CROWDED = 10_000;
const NONE: ReadonlyMap<string, number> = new Map();

type Span = {
  readonly first: number;
  last: number;
  readonly isFull: boolean;
  readonly coverage: Coverage;
};

/** Which logs were alive from `from` to `to` (not included), epoch milliseconds. */
type CoverageAt = (from: number, to: number) => Coverage;

export type HostScope = {
  readonly coverageAt: CoverageAt;
  /** Only failures of this time are counted, epoch milliseconds, both included; `null`: from the first, to the last. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
};

export class HostWindow {
  readonly #host: string;
  readonly #rollup: Rollup;
  readonly #scope: HostScope;
  readonly #minutes = new Map<number, Evidence>();
  /** Observations that came after their minute was attributed. */
  #late = new Map<number, Evidence>();
  #before: BackendState = UNKNOWN_BACKEND;
  /** Observations since minutes were last attributed. */
  #kept = 0;
  /** Minutes below this are attributed. */
  #next = Number.NEGATIVE_INFINITY;

  constructor(host: string, rollup: Rollup, scope: HostScope) {
    this.#host = host;
    this.#rollup = rollup;
    this.#scope = scope;
  }

  add(observation: Observation): void {
    const minute = Math.floor(observation.at / MINUTE_MS);
    const isLate = minute < this.#next && needsAttribution(observation);
    const minutes = isLate ? this.#late : this.#minutes;
    let evidence = minutes.get(minute);
    if (!evidence) {
      evidence = newEvidence();
      minutes.set(minute, evidence);
    }
    foldObservation(evidence, observation);
    this.#kept++;
  }

  /** Attributes all minutes that no line at or after `watermark` (epoch milliseconds) can change. */
  advance(watermark: number): void {
    const end = Math.floor(watermark / MINUTE_MS) - MINUTES_AFTER;
    if (end <= this.#next || (this.#kept < CROWDED && end < this.#oldest() + PATIENCE)) return;
    this.#kept = 0;
    const due = [...this.#minutes.keys()].filter((minute) => minute >= this.#next && minute < end);
    for (const span of this.#spansOf(due.sort((a, b) => a - b))) {
      this.#forget(span.first - MINUTES_BEFORE);
      this.#attribute(span, null);
    }
    this.#next = end;
    this.#attributeLate();
    this.#forget(end - MINUTES_BEFORE);
  }

  #oldest(): number {
    return Math.max(this.#next, Math.min(...this.#minutes.keys()));
  }

  finish(): void {
    this.advance(Number.MAX_SAFE_INTEGER);
  }

  /** Neighbouring minutes of the same logs together; one whose observations were not all kept for itself. */
  #spansOf(minutes: readonly number[]): Span[] {
    const spans: Span[] = [];
    for (const minute of minutes) {
      const last = spans.at(-1);
      const next = this.#spanOf(minute);
      if (last && canJoin(last, next)) last.last = minute;
      else spans.push(next);
    }
    return spans;
  }

  #spanOf(minute: number): Span {
    const coverage = this.#scope.coverageAt(minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
    return { first: minute, last: minute, isFull: this.#isFull(minute), coverage };
  }

  #isFull(minute: number): boolean {
    const evidence = this.#minutes.get(minute);
    if (!evidence) return false;
    settleEvidence(evidence);
    return evidence.requests.dropped.size + evidence.errors.dropped.size > 0;
  }

  #attributeLate(): void {
    const late = this.#late;
    this.#late = new Map();
    for (const [minute, evidence] of late) {
      settleEvidence(evidence);
      this.#attribute({ ...this.#spanOf(minute), isFull: false }, evidence);
    }
  }

  #attribute({ first, last, isFull, coverage }: Span, late: Evidence | null): void {
    const around = this.#around(first - 1, last + 1);
    const joined = late ? [late] : around;
    const own = late ?? (isFull ? this.#minutes.get(first) : undefined);
    const attributions = attributeSpan({
      host: this.#host,
      from: first * MINUTE_MS,
      to: (last + 1) * MINUTE_MS,
      requests: joined.flatMap((evidence) => evidence.requests.kept),
      errors: joined.flatMap((evidence) => evidence.errors.kept),
      signals: this.#around(first - MINUTES_BEFORE, last + MINUTES_AFTER).flatMap(
        (evidence) => evidence.signals.kept,
      ),
      answers: around.flatMap((evidence) => evidence.answers.kept),
      droppedRequests: own?.requests.dropped ?? NONE,
      droppedErrors: own?.errors.dropped ?? NONE,
      before: this.#before,
      coverage,
    });
    const asked = attributions.filter(({ failure }) => this.#isAsked(failure.at));
    rollUp(this.#rollup, this.#host, asked);
  }

  #isAsked(at: number): boolean {
    const { sinceMs, untilMs } = this.#scope;
    return (sinceMs === null || at >= sinceMs) && (untilMs === null || at <= untilMs);
  }

  #around(first: number, last: number): Evidence[] {
    const found: Evidence[] = [];
    for (let minute = first; minute <= last; minute++) {
      const evidence = this.#minutes.get(minute);
      if (!evidence) continue;
      settleEvidence(evidence);
      found.push(evidence);
    }
    return found;
  }

  /** Drops minutes before `minute`; what they said of the backend's state is kept. */
  #forget(minute: number): void {
    const old = [...this.#minutes.keys()].filter((other) => other < minute).sort((a, b) => a - b);
    if (old.length === 0) return;
    const signals: Signal[] = old.flatMap((other) => this.#minutes.get(other)?.signals.kept ?? []);
    this.#before = backendStates(this.#before, signals).at(-1) ?? this.#before;
    for (const other of old) this.#minutes.delete(other);
  }
}

function canJoin(span: Span, next: Span): boolean {
  if (span.isFull || next.isFull) return false;
  if (next.first - span.last > MINUTES_BEFORE || next.first - span.first >= MAX_SPAN) return false;
  return LOG_ROLES.every((role) => role === 'app' || span.coverage[role] === next.coverage[role]);
}

function needsAttribution(observation: Observation): boolean {
  return observation.kind === 'request' || observation.kind === 'upstream-error';
}
