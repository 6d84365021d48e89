/**
 * Why NGINX could not connect: `connect()` was refused, or the socket file was missing. The backend's own log
 * says what ended it (`causes.md` D, family not-running, mismatch and deploy).
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Signal } from '../model.ts';
import type { HostContext } from './context.ts';
import type { WorkerDeath } from './deaths.ts';
import { firstAtOrAfter } from './in-time.ts';
import { type BackendState, nextStateWithin, stateAt } from './lifecycle.ts';
import { hasSamePort, listensAt } from './peer.ts';
import { causeOfUnitFailure } from './unit-failure.ts';
import type { Verdict } from './verdict.ts';

/** Error lines have whole seconds: what Gunicorn logged up to a second later may have come first. */
const SECOND_MS = 1_000;
/** A backend that is back within this time after it was stopped was restarted. */
const RESTART_WITHIN_MS = 120_000;
/** A start that fails does so within this time. */
const START_FAILS_WITHIN_MS = 60_000;

/** One attempt to connect that failed. */
export type Attempt = {
  readonly at: number;
  readonly upstream: string | null;
  /** The cause when the backend's logs say nothing. */
  readonly fallback: CauseId;
  /** Another server of the group answered in its place. */
  readonly isAnswered: boolean;
};

/** The cause of a refused or missing endpoint. */
export function refineConnect(attempt: Attempt, context: HostContext): Verdict {
  const state = stateAt(context.states, attempt.at + SECOND_MS - 1);
  switch (state.phase) {
    case 'failed':
      return fromFailure(state.reason, attempt, context);
    case 'stopping':
      return fromStop(state, attempt, context);
    case 'running':
      return fromRunning(state, attempt, context);
    case 'starting':
    case 'unknown':
      return fromStart(state, attempt, context);
  }
}

function fromFailure(reason: Signal | null, attempt: Attempt, context: HostContext): Verdict {
  const cause = reason && causeOfFailure(reason, attempt, context);
  return cause ? { cause, by: [reason] } : { cause: attempt.fallback, by: [] };
}

function causeOfFailure(reason: Signal, attempt: Attempt, context: HostContext): CauseId {
  const { at, fallback } = attempt;
  switch (reason.id) {
    case 'bind-failure':
      return 'bind-failure';
    case 'boot-failure':
    case 'config-error':
      return 'app-boot-failure';
    case 'oom-kill':
      return 'worker-oom';
    case 'parent-changed':
      return wasKilledForMemory(context, at) ? 'worker-oom' : fallback;
    case 'unit-failed':
      return causeOfUnitFailure(reason) ?? fallback;
    case 'unit-start-limit':
      return 'service-start-failure';
    default:
      return fallback;
  }
}

function wasKilledForMemory(context: HostContext, at: number): boolean {
  return deathsNear(context, at).some((death) => death.cause === 'worker-oom');
}

function deathsNear(context: HostContext, at: number): WorkerDeath[] {
  const first = firstAtOrAfter(context.deaths, at - RESTART_WITHIN_MS, (death) => death.from);
  const after = firstAtOrAfter(context.deaths, at + RESTART_WITHIN_MS, (death) => death.from);
  return context.deaths.slice(first, after);
}

/** Stopped: a restart when it came back soon, otherwise simply not running. */
function fromStop(state: BackendState, attempt: Attempt, context: HostContext): Verdict {
  const { at, fallback } = attempt;
  const stop = state.stop ?? state.reason;
  const by = stop ? [stop] : [];
  const back = nextStateWithin(context.states, state.since, RESTART_WITHIN_MS, isBack);
  const failed = nextStateWithin(context.states, at, START_FAILS_WITHIN_MS, isFailed);
  if (failed && !(back && staysUp(back, context))) {
    return fromFailure(failed.reason, attempt, context);
  }
  if (!back) return { cause: fallback, by };
  return { cause: 'deploy-restart', by: back.reason ? [...by, back.reason] : by };
}

/** Starting, or nothing known yet: what its start came to decides. */
function fromStart(state: BackendState, attempt: Attempt, context: HostContext): Verdict {
  const { at, fallback } = attempt;
  const failed = nextStateWithin(context.states, at, START_FAILS_WITHIN_MS, isFailed);
  const up = nextStateWithin(context.states, at, START_FAILS_WITHIN_MS, isUp);
  if (failed && !(up && up.since < failed.since && staysUp(up, context))) {
    if (state.phase === 'starting' || isNear(failed.since, at)) {
      return fromFailure(failed.reason, attempt, context);
    }
  }
  const stop = state.stop;
  if (stop && at - stop.at <= RESTART_WITHIN_MS) {
    return { cause: 'deploy-restart', by: [stop, ...(state.reason ? [state.reason] : [])] };
  }
  return { cause: fallback, by: state.reason ? [state.reason] : [] };
}

/** It says it listens: elsewhere, or it is about to be stopped or to fail within the same second. */
function fromRunning(state: BackendState, attempt: Attempt, context: HostContext): Verdict {
  const { at, fallback } = attempt;
  const failed = nextStateWithin(context.states, at, 5_000, isFailed);
  if (failed) return fromFailure(failed.reason, attempt, context);
  if (isElsewhere(state, attempt)) {
    return { cause: 'address-mismatch', by: state.reason ? [state.reason] : [] };
  }
  const justStarted = state.stop !== null && at - state.since <= 2 * SECOND_MS;
  if (justStarted && state.stop && state.since - state.stop.at <= RESTART_WITHIN_MS) {
    return { cause: 'deploy-restart', by: [state.stop] };
  }
  return wasKilledForMemory(context, at)
    ? {
        cause: 'worker-oom',
        by: deathsNear(context, at)
          .flatMap((death) => death.signals)
          .slice(0, 2),
      }
    : { cause: fallback, by: [] };
}

/**
 * It listens, but not where NGINX looks. When another server of the group answered, the log is that one's, and
 * this one is simply down, unless only the host differs (`localhost` is `[::1]` too).
 */
function isElsewhere(state: BackendState, { upstream, isAnswered }: Attempt): boolean {
  if (upstream === null || state.listening.length === 0) return false;
  if (listensAt(state.listening, upstream)) return false;
  return !isAnswered || hasSamePort(state.listening, upstream);
}

function isUp(state: BackendState): boolean {
  return state.phase === 'running';
}

/** Up, or started as far as systemd can tell: without Gunicorn's log that is all there is. */
function isBack(state: BackendState): boolean {
  return isUp(state) || (state.phase === 'starting' && state.reason?.id === 'unit-started');
}

function isFailed(state: BackendState): boolean {
  return state.phase === 'failed';
}

/** No failure follows, not even within the same second. */
function staysUp(up: BackendState, { states }: HostContext): boolean {
  const first = firstAtOrAfter(states, up.at, ({ at }) => at);
  for (let index = states.indexOf(up, first) + 1; index < states.length; index++) {
    const state = states[index] as BackendState;
    if (state.since > up.since + START_FAILS_WITHIN_MS) return true;
    if (isFailed(state)) return false;
  }
  return true;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= START_FAILS_WITHIN_MS;
}
