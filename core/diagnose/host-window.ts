/**
 * One host's logs on their way through time: observations go in roughly in order, minutes are attributed as
 * soon as every log has moved past what could still change them, and then forgotten. Memory follows the
 * failures of a few minutes, not the length of the logs.
 */
import { type Evidence, foldObservation, newEvidence, settleEvidence } from '../fold.ts';
import type { Observation, Signal } from '../model.ts';
import { attributeMinute, type Coverage, MINUTE_MS } from './attribute.ts';
import { type BackendState, backendStates, UNKNOWN_BACKEND } from './lifecycle.ts';
import { rollUp } from './roll-up.ts';
import type { Rollup } from './rollup.ts';

/** Minutes after a failure that may still explain it: a restart is one when the backend comes back. */
const MINUTES_AFTER = 3;
/** Minutes before a failure that may explain it; older ones live on in the backend's state. */
const MINUTES_BEFORE = 2;

export class HostWindow {
  readonly #host: string;
  readonly #rollup: Rollup;
  readonly #coverageAt: (minuteStart: number) => Coverage;
  readonly #minutes = new Map<number, Evidence>();
  /** Observations that came after their minute was attributed. */
  #late = new Map<number, Evidence>();
  #before: BackendState = UNKNOWN_BACKEND;
  /** Minutes below this are attributed. */
  #next = Number.NEGATIVE_INFINITY;

  constructor(host: string, rollup: Rollup, coverageAt: (minuteStart: number) => Coverage) {
    this.#host = host;
    this.#rollup = rollup;
    this.#coverageAt = coverageAt;
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
  }

  /** Attributes all minutes that no line at or after `watermark` (epoch milliseconds) can change. */
  advance(watermark: number): void {
    const end = Math.floor(watermark / MINUTE_MS) - MINUTES_AFTER;
    if (end <= this.#next) return;
    const due = [...this.#minutes.keys()].filter((minute) => minute >= this.#next && minute < end);
    for (const minute of due.sort((a, b) => a - b)) {
      this.#forget(minute - MINUTES_BEFORE);
      this.#attribute(minute, null);
    }
    this.#next = end;
    this.#attributeLate();
    this.#forget(end - MINUTES_BEFORE);
  }

  finish(): void {
    this.advance(Number.MAX_SAFE_INTEGER);
  }

  #attributeLate(): void {
    const late = this.#late;
    this.#late = new Map();
    for (const [minute, evidence] of late) this.#attribute(minute, evidence);
  }

  #attribute(minute: number, late: Evidence | null): void {
    const own = late ?? this.#minutes.get(minute);
    if (!own) return;
    settleEvidence(own);
    const around = this.#around(minute, 1, 1);
    const joined = late ? [late] : around;
    const minuteStart = minute * MINUTE_MS;
    const attributions = attributeMinute({
      host: this.#host,
      minuteStart,
      requests: joined.flatMap((evidence) => evidence.requests.kept),
      errors: joined.flatMap((evidence) => evidence.errors.kept),
      signals: this.#around(minute, MINUTES_BEFORE, MINUTES_AFTER).flatMap(
        (evidence) => evidence.signals.kept,
      ),
      answers: around.flatMap((evidence) => evidence.answers.kept),
      droppedRequests: own.requests.dropped,
      droppedErrors: own.errors.dropped,
      before: this.#before,
      coverage: this.#coverageAt(minuteStart),
    });
    rollUp(this.#rollup, this.#host, attributions);
  }

  #around(minute: number, before: number, after: number): Evidence[] {
    const found: Evidence[] = [];
    for (let other = minute - before; other <= minute + after; other++) {
      const evidence = this.#minutes.get(other);
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

function needsAttribution(observation: Observation): boolean {
  return observation.kind === 'request' || observation.kind === 'upstream-error';
}
