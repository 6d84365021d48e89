/**
 * The causes of one host's failures in a span of minutes. Pure, and a function of the evidence alone: a minute
 * computed again from the same records (late data, a redelivery) comes out the same, and so does a longer span,
 * since no rule looks further than the minutes around a failure and the backend's state.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { BackendAnswer, Confidence, RequestRecord, Signal, UpstreamError } from '../model.ts';
import { findAnswer } from './answers.ts';
import { type HostContext, hostContext } from './context.ts';
import type { WorkerDeath } from './deaths.ts';
import type { Failure } from './failure.ts';
import { listFailures } from './failures.ts';
import { type BackendState, stateAt } from './lifecycle.ts';
import { matchDeaths } from './match-deaths.ts';
import { shareDropped } from './overflow.ts';
import { refine } from './refine.ts';
import { rootOf } from './root.ts';
import type { Proof } from './verdict.ts';

/**
 * Logs seen to be alive in the span: NGINX's of the host, or in front of it; Gunicorn's and the system's its own.
 * What a backend elsewhere did is counted there.
 */
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
  /** From two minutes before to three minutes after: restarts take time. */
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
  const { failures, blurred } = listFailures(input, context);
  const deathOf = deathFinder(failures, context);
  const kept = failures
    .filter((failure) => failure.at >= input.from && failure.at < input.to)
    .map((failure) => attributionOf(failure, deathOf, context))
    .filter((attribution) => attribution !== null);
  return [...kept, ...shareDropped(kept, blurred, input)];
}

type DeathFinder = (failure: Failure, error: UpstreamError | null) => WorkerDeath | null;

/** The death that broke a failure, or the connection that `error` tells of. */
function deathFinder(failures: readonly Failure[], context: HostContext): DeathFinder {
  const matched = matchDeaths(failures, context.deaths, (at) => isSyncAt(at, context));
  const byError = new Map([...matched].map(([failure, death]) => [failure.error, death]));
  return (failure, error) => {
    return failure.death ?? matched.get(failure) ?? (error && byError.get(error)) ?? null;
  };
}

function isSyncAt(at: number, context: HostContext): boolean {
  return stateAt(context.states, at + 1_000).workerClass === 'sync';
}

function attributionOf(
  failure: Failure,
  deathOf: DeathFinder,
  context: HostContext,
): Attribution | null {
  const root = failure.error && rootOf(failure.error, context);
  const subject = root ? { ...failure, error: root } : failure;
  const verdict = refine(subject, deathOf(failure, root), context);
  if (!verdict) return null;
  const answer = verdict.by.length > 0 ? null : findAnswer(failure, verdict.cause, context.answers);
  const by = answer ? [answer] : verdict.by;
  return {
    failure,
    cause: verdict.cause,
    confidence: confidenceOf(verdict.cause, by.length > 0 && verdict.isByTimeOnly !== true),
    by,
    weight: failure.isFinding ? 0 : 1,
    backend: stateAt(context.states, failure.at + 1_000),
  };
}

function confidenceOf(cause: CauseId, isConfirmed: boolean): Confidence {
  if (cause === 'unknown') return 'unexplained';
  return isConfirmed ? 'confirmed' : 'likely';
}
