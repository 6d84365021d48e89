/**
 * The life of one host's Gunicorn: whether it was up, and if not, what ended it, at any moment.
 */
import type { Signal } from '../model.ts';
import { compareLines, firstAtOrAfter } from './in-time.ts';
import { afterFailure, afterOomKill, isStopForMemory } from './lifecycle-failure.ts';

type Phase = 'unknown' | 'starting' | 'running' | 'stopping' | 'failed';

/** What is known of the backend from a moment on. */
export type BackendState = {
  /** When this became known, epoch milliseconds; -Infinity for the state before the first entry. */
  readonly at: number;
  /** When its phase began. */
  readonly since: number;
  readonly phase: Phase;
  /** The entry that brought this phase about. */
  readonly reason: Signal | null;
  /** When it was last asked to stop, and by which entry. */
  readonly stop: Signal | null;
  /** What its last start came to, until one succeeds. */
  readonly failure: Signal | null;
  /** The last kill for memory. */
  readonly oom: Signal | null;
  /** The arbiter that started last, by its pid. */
  readonly arbiter: number | null;
  /** Addresses of its last `Listening at`. */
  readonly listening: readonly string[];
  readonly version: string | null;
  readonly workerClass: string | null;
  readonly unit: string | null;
};

export const UNKNOWN_BACKEND: BackendState = {
  at: Number.NEGATIVE_INFINITY,
  since: Number.NEGATIVE_INFINITY,
  phase: 'unknown',
  reason: null,
  stop: null,
  failure: null,
  oom: null,
  arbiter: null,
  listening: [],
  version: null,
  workerClass: null,
  unit: null,
};

/** The states a backend went through, in time order, starting with `before`; what came late changes nothing. */
export function backendStates(before: BackendState, signals: readonly Signal[]): BackendState[] {
  const states = [before];
  let state = before;
  for (const signal of [...signals].sort(compareLines)) {
    if (signal.at < before.at) continue;
    const next = nextState(state, signal);
    if (next === state) continue;
    state = { ...next, at: signal.at };
    states.push(state);
  }
  return states;
}

/** The state at a moment: the last one that was known by then. */
export function stateAt(states: readonly BackendState[], at: number): BackendState {
  const after = firstAtOrAfter(states, at + 1, knownAt);
  return states[Math.max(0, after - 1)] ?? UNKNOWN_BACKEND;
}

/** The first phase that began after `at` for which `isWanted` holds, at most `withinMs` later. */
export function nextStateWithin(
  states: readonly BackendState[],
  at: number,
  withinMs: number,
  isWanted: (state: BackendState) => boolean,
): BackendState | null {
  for (let index = firstAtOrAfter(states, at + 1, knownAt); index < states.length; index++) {
    const state = states[index] as BackendState;
    if (state.at > at + withinMs) return null;
    if (state.since > at && isWanted(state)) return state;
  }
  return null;
}

function knownAt(state: BackendState): number {
  return state.at;
}

/** After a failed start what a worker says within this time may still belong to it. */
const RECOVERED_AFTER_MS = 60_000;

/** The next state, for the entry at hand. */
export type Enter = (phase: Phase, more?: Partial<BackendState>) => BackendState;

function nextState(state: BackendState, signal: Signal): BackendState {
  const unit = signal.unit ?? state.unit;
  const enter: Enter = (phase, more = {}) => ({
    ...state,
    unit,
    since: signal.at,
    phase,
    reason: signal,
    ...more,
  });
  switch (signal.id) {
    case 'starting':
      return afterStarting(state, signal, enter);
    case 'unit-started':
      return state.phase === 'running' ? state : enter('starting', { listening: [] });
    case 'listening':
      return enter('running', {
        listening: signal.facts.addresses ?? state.listening,
        failure: null,
      });
    case 'worker-booting':
      return afterBooting(state, signal, enter);
    case 'stopping':
    case 'unit-stopped':
      return afterStopping(state, signal, enter);
    case 'boot-failure':
    case 'bind-failure':
    case 'config-error':
    case 'parent-changed':
    case 'unit-failed':
    case 'unit-start-limit':
      return afterFailure(state, signal, enter);
    case 'oom-kill':
      return afterOomKill(state, signal);
    case 'worker-timeout':
    case 'worker-recycling':
    case 'request-error':
    case 'request-invalid':
      return state.phase === 'failed' && signal.at - state.since > RECOVERED_AFTER_MS
        ? enter('running', { failure: null })
        : state;
    default:
      return state;
  }
}

/** `Using worker: gthread` starts nothing. */
function afterStarting(state: BackendState, signal: Signal, enter: Enter): BackendState {
  const { version, workerClass } = signal.facts;
  if (version === undefined && workerClass !== undefined) return { ...state, workerClass };
  return enter('starting', {
    version: version ?? state.version,
    listening: [],
    arbiter: signal.emitter,
  });
}

/** A worker boots: the backend runs, unless it is being stopped, and its class may be told. */
function afterBooting(state: BackendState, signal: Signal, enter: Enter): BackendState {
  const workerClass = signal.facts.workerClass ?? state.workerClass;
  if (state.phase === 'unknown' || state.phase === 'starting') {
    return { ...enter('running'), workerClass };
  }
  return workerClass === state.workerClass ? state : { ...state, workerClass };
}

/**
 * `Shutting down: Master` after a failed boot is the failure's end, not somebody's wish; and so is the stop that
 * follows systemd's word of a kill for memory.
 */
function afterStopping(state: BackendState, signal: Signal, enter: Enter): BackendState {
  if (state.phase === 'failed' || isOfOlderArbiter(state, signal)) return state;
  if (isStopForMemory(signal, state.oom)) {
    return enter('failed', { reason: state.oom, failure: state.oom });
  }
  const isRequested = signal.id === 'unit-stopped' || signal.facts.signal !== undefined;
  return enter('stopping', { stop: isRequested ? signal : (state.stop ?? signal) });
}

/** After SIGUSR2 the old arbiter ends while the new one runs. */
function isOfOlderArbiter(state: BackendState, { role, emitter }: Signal): boolean {
  if (role !== 'gunicorn' || emitter === null || state.arbiter === null) return false;
  return state.phase === 'running' && emitter !== state.arbiter;
}
