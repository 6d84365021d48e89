/**
 * The causes of one host's failures in a span of minutes. Pure, and a function of the evidence alone: a minute
 * computed again from the same records (late data, a redelivery) comes out the same, and so does a longer span,
 * since no rule looks further than the minutes around a failure and the backend's state.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { BackendAnswer, Confidence, RequestRecord, Signal, UpstreamError } from '../model.ts';
import { findAnswer } from './answers.ts';
import { type HostContext, hostContext } from './context.ts';
import type { Failure } from './failure.ts';
import { listFailures } from './failures.ts';
import { type BackendState, stateAt } from './lifecycle.ts';
import { matchDeaths } from './match-deaths.ts';
import { shareDropped } from './overflow.ts';
import { refine } from './refine.ts';
import type { Proof } from './verdict.ts';

/** Logs of one host seen to be alive in the span. */
export type Coverage = {
  readonly access: boolean;
  readonly error: boolean;
  readonly gunicorn: boolean;
  readonly system: boolean;
};

export type SpanInput = {
  readonly host: string;
  /** Start and end of the span, whole minutes, epoch milliseconds; the end is not part of it. */
  readonly from: number;
  readonly to: number;
  /** From the minute before to the minute after: joins cross the boundary. */
  readonly requests: readonly RequestRecord[];
  readonly errors: readonly UpstreamError[];
  /** From two minutes before to two minutes after: restarts take time. */
  readonly signals: readonly Signal[];
  readonly answers: readonly BackendAnswer[];
  /** Observations of the span that were counted but not kept, by status and by mechanism. */
  readonly droppedRequests: ReadonlyMap<string, number>;
  readonly droppedErrors: ReadonlyMap<string, number>;
  /** The backend's state before the first signal. */
  readonly before: BackendState;
  readonly coverage: Coverage;
};

export const MINUTE_MS = 60_000;

/** A failure (or `weight` like ones) with its cause. */
export type Attribution = {
  readonly failure: Failure;
  readonly cause: CauseId;
  readonly confidence: Confidence;
  /** The backend's entries that confirm it. */
  readonly by: readonly Proof[];
  /** How many failures this stands for; 0 for a finding that failed no known request. */
  readonly weight: number;
  /** What the backend was at the time. */
  readonly backend: BackendState;
};

/** Attributes every failure of the span to exactly one cause. */
export function attributeSpan(input: SpanInput): Attribution[] {
  const context = hostContext({
    before: input.before,
    signals: input.signals,
    errors: input.errors,
    answers: input.answers,
    hasErrorLog: input.coverage.error,
  });
  const failures = listFailures(input, context);
  const matched = matchDeaths(failures, context.deaths, (at) => isSyncAt(at, context));
  const kept = failures
    .filter((failure) => failure.at >= input.from && failure.at < input.to)
    .map((failure) =>
      attributionOf(failure, failure.death ?? matched.get(failure) ?? null, context),
    )
    .filter((attribution) => attribution !== null);
  return [...kept, ...shareDropped(kept, input)];
}

function isSyncAt(at: number, context: HostContext): boolean {
  return stateAt(context.states, at + 1_000).workerClass === 'sync';
}

function attributionOf(
  failure: Failure,
  death: HostContext['deaths'][number] | null,
  context: HostContext,
): Attribution | null {
  const verdict = refine(failure, death, context);
  if (!verdict) return null;
  const answer = verdict.by.length > 0 ? null : findAnswer(failure, verdict.cause, context.answers);
  const by = answer ? [answer] : verdict.by;
  return {
    failure,
    cause: verdict.cause,
    confidence: confidenceOf(verdict.cause, by.length > 0),
    by,
    weight: failure.isFinding ? 0 : 1,
    backend: stateAt(context.states, failure.at + 1_000),
  };
}

function confidenceOf(cause: CauseId, isConfirmed: boolean): Confidence {
  if (cause === 'unknown') return 'unexplained';
  return isConfirmed ? 'confirmed' : 'likely';
}
