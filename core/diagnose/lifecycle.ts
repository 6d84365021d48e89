/**
 * The life of one host's Gunicorn: whether it was up, and if not, what ended it, at any moment.
 */
import type { Signal } from '../model.ts';
import { firstAtOrAfter } from './in-time.ts';

export type Phase = 'unknown' | 'starting' | 'running' | 'stopping' | 'failed';

/** What is known of the backend from a moment on. */
export type BackendState = {
  /** Epoch milliseconds; -Infinity for the state before the first entry. */
  readonly since: number;
  readonly phase: Phase;
  /** The entry that brought this phase about. */
  readonly reason: Signal | null;
  /** When it was last asked to stop, and by which entry. */
  readonly stop: Signal | null;
  /** Addresses of its last `Listening at`. */
  readonly listening: readonly string[];
  readonly version: string | null;
  readonly workerClass: string | null;
  readonly unit: string | null;
};

export const UNKNOWN_BACKEND: BackendState = {
  since: Number.NEGATIVE_INFINITY,
  phase: 'unknown',
  reason: null,
  stop: null,
  listening: [],
  version: null,
  workerClass: null,
  unit: null,
};

/** The states a backend went through, in time order, starting with `before`. */
export function backendStates(before: BackendState, signals: readonly Signal[]): BackendState[] {
  const states = [before];
  let state = before;
  for (const signal of [...signals].sort((a, b) => a.at - b.at)) {
    const next = nextState(state, signal);
    if (next === state) continue;
    states.push(next);
    state = next;
  }
  return states;
}

/** The state at a moment: the last one that began at or before it. */
export function stateAt(states: readonly BackendState[], at: number): BackendState {
  const after = firstAtOrAfter(states, at + 1, sinceOf);
  return states[Math.max(0, after - 1)] ?? UNKNOWN_BACKEND;
}

/** The first state after `at` for which `isWanted` holds, at most `withinMs` later. */
export function nextStateWithin(
  states: readonly BackendState[],
  at: number,
  withinMs: number,
  isWanted: (state: BackendState) => boolean,
): BackendState | null {
  for (let index = firstAtOrAfter(states, at + 1, sinceOf); index < states.length; index++) {
    const state = states[index] as BackendState;
    if (state.since > at + withinMs) return null;
    if (isWanted(state)) return state;
  }
  return null;
}

function sinceOf(state: BackendState): number {
  return state.since;
}

function nextState(state: BackendState, signal: Signal): BackendState {
  const unit = signal.unit ?? state.unit;
  const enter = (phase: Phase, more: Partial<BackendState> = {}): BackendState => ({
    ...state,
    unit,
    since: signal.at,
    phase,
    reason: signal,
    ...more,
  });
  switch (signal.id) {
    case 'starting':
      if (signal.facts.version === undefined && signal.facts.workerClass !== undefined) {
        return { ...state, workerClass: signal.facts.workerClass };
      }
      return enter('starting', { version: signal.facts.version ?? state.version, listening: [] });
    case 'unit-started':
      return state.phase === 'running' ? state : enter('starting', { listening: [] });
    case 'listening':
      return enter('running', { listening: signal.facts.addresses ?? state.listening });
    case 'worker-booting':
      return afterBooting(state, signal, enter);
    case 'stopping':
      return afterStopping(state, signal, enter);
    case 'unit-stopped':
      return state.phase === 'failed' ? state : enter('stopping', { stop: signal });
    case 'boot-failure':
    case 'bind-failure':
    case 'config-error':
    case 'parent-changed':
      return enter('failed');
    case 'unit-failed':
    case 'unit-start-limit':
      return state.phase === 'failed' ? { ...state, unit } : enter('failed');
    default:
      return state;
  }
}

/** A worker boots: the backend runs, unless it is being stopped, and its class may be told. */
function afterBooting(
  state: BackendState,
  signal: Signal,
  enter: (phase: Phase) => BackendState,
): BackendState {
  const workerClass = signal.facts.workerClass ?? state.workerClass;
  if (state.phase === 'unknown' || state.phase === 'starting') {
    return { ...enter('running'), workerClass };
  }
  return workerClass === state.workerClass ? state : { ...state, workerClass };
}

/** `Shutting down: Master` after a failed boot is the failure's end, not somebody's wish. */
function afterStopping(
  state: BackendState,
  signal: Signal,
  enter: (phase: Phase, more?: Partial<BackendState>) => BackendState,
): BackendState {
  if (state.phase === 'failed') return state;
  const isRequested = signal.facts.signal !== undefined;
  return enter('stopping', { stop: isRequested ? signal : (state.stop ?? signal) });
}
