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
    case 'parent-changed':
      return wasKilledForMemory(context, at) ? 'worker-oom' : fallback;
    case 'unit-failed':
    case 'unit-start-limit':
      return causeOfUnitFailure(reason, fallback);
    default:
      return fallback;
  }
}

/**
 * systemd's word for it: 2xx are its own exec failures (systemd.exec(5)); 3/NOTIMPLEMENTED and 4/NOPERMISSION
 * are only LSB names for Gunicorn's exit codes "worker failed to boot" and "application failed to load".
 */
function causeOfUnitFailure(reason: Signal, fallback: CauseId): CauseId {
  const text = reason.facts.reason ?? '';
  if (text.includes('oom')) return 'worker-oom';
  if (/\b[34]\/(NOTIMPLEMENTED|NOPERMISSION)/.test(text)) return 'app-boot-failure';
  if (reason.facts.exitCode === 3 || reason.facts.exitCode === 4) return 'app-boot-failure';
  if (/\b2\d\d\//.test(text) || reason.id === 'unit-start-limit') return 'service-start-failure';
  return fallback;
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
  const back = nextStateWithin(context.states, state.since, RESTART_WITHIN_MS, isUp);
  if (!back) return { cause: fallback, by };
  const failed = nextStateWithin(context.states, at, START_FAILS_WITHIN_MS, isFailed);
  if (failed && !staysUp(back, context)) return fromFailure(failed.reason, attempt, context);
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

function isFailed(state: BackendState): boolean {
  return state.phase === 'failed';
}

function staysUp(up: BackendState, context: HostContext): boolean {
  return nextStateWithin(context.states, up.since, START_FAILS_WITHIN_MS, isFailed) === null;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= START_FAILS_WITHIN_MS;
}
