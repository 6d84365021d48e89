/** How Gunicorn's life ends against anybody's will: it fails to start, or is killed. */
import type { Signal } from '../model.ts';
import { isPython } from './deaths.ts';
import type { BackendState, Enter } from './lifecycle.ts';
import { causeOfUnitFailure } from './unit-failure.ts';

/** A failed start says so in several entries, the first of which is the most telling. */
const SAME_FAILURE_MS = 10_000;
/** systemd stops a unit (`OOMPolicy=stop`) right after the kill; orphans notice when their `select` ends. */
const STOPPED_FOR_MEMORY_MS = 5_000;
const KILLED_FOR_MEMORY_MS = 60_000;

/** True when systemd had just said that a process of the unit was killed for memory: it then stops all of it. */
export function isStopForMemory(stop: Signal, oom: Signal | null): boolean {
  if (oom === null || !isUnitsWord(oom)) return false;
  return stop.at >= oom.at && stop.at - oom.at <= STOPPED_FOR_MEMORY_MS;
}

/** systemd's word, that of the kernel being about one process. */
function isUnitsWord(oom: Signal): boolean {
  return oom.id === 'oom-kill' && (oom.facts.reason ?? '').includes('oom');
}

/** The state after an entry that says that Gunicorn is down. */
export function afterFailure(state: BackendState, signal: Signal, enter: Enter): BackendState {
  const oom = state.oom;
  const isForMemory = oom !== null && isKill(signal) && signal.at - oom.at <= KILLED_FOR_MEMORY_MS;
  const reason = isForMemory ? oom : telling(state, signal);
  if (state.phase === 'failed') {
    const unit = state.unit ?? signal.unit;
    if (isForMemory || replaces(signal, state)) return { ...state, unit, reason, failure: reason };
    return unit === state.unit ? state : { ...state, unit };
  }
  if (state.phase === 'stopping' && !isForMemory && isEndOfStop(signal)) return state;
  return enter('failed', { reason, failure: reason });
}

/** Of a start limit, what the starts came to. */
function telling(state: BackendState, signal: Signal): Signal {
  const { failure } = state;
  if (signal.id !== 'unit-start-limit' || failure === null) return signal;
  const isVague = failure.id === 'unit-failed' && causeOfUnitFailure(failure) === null;
  return isVague ? signal : failure;
}

/** Within a failure the first entry counts, but systemd's word only where Gunicorn's is missing. */
function replaces(signal: Signal, state: BackendState): boolean {
  if (signal.id === 'unit-start-limit') {
    return state.reason?.id === 'unit-failed' && causeOfUnitFailure(state.reason) === null;
  }
  if (signal.id === 'unit-failed') {
    return causeOfUnitFailure(signal) !== null && state.reason?.id === 'unit-failed';
  }
  const isFirstTelling =
    state.reason?.facts.exception === undefined && signal.facts.exception !== undefined;
  return isFirstTelling || signal.at - state.since > SAME_FAILURE_MS;
}

/** The arbiter did not end of itself. */
function isKill(signal: Signal): boolean {
  if (signal.id === 'parent-changed') return true;
  return (
    signal.id === 'unit-failed' && /^(?:9\/KILL|signal|oom-kill)$/.test(signal.facts.reason ?? '')
  );
}

/** What systemd says when what it stops has to be killed, or ends with an error. */
function isEndOfStop(signal: Signal): boolean {
  if (signal.id === 'parent-changed') return true;
  if (signal.id !== 'unit-failed' || causeOfUnitFailure(signal) !== null) return false;
  return /^(?:9\/KILL|15\/TERM|timeout|signal)$/.test(signal.facts.reason ?? '');
}

/** The kernel's word may be logged after what it led to. */
export function afterOomKill(state: BackendState, signal: Signal): BackendState {
  if (!isPython(signal.facts.process)) return state;
  const known = {
    ...state,
    oom: isUnitsWord(signal) || !state.oom ? signal : newer(state.oom, signal),
  };
  const { reason } = state;
  if (state.phase !== 'failed' || reason === null || !isKill(reason)) return known;
  return signal.at - state.since > STOPPED_FOR_MEMORY_MS
    ? known
    : { ...known, reason: signal, failure: signal };
}

/** systemd's word is kept while it matters. */
function newer(oom: Signal, signal: Signal): Signal {
  return isUnitsWord(oom) && signal.at - oom.at <= STOPPED_FOR_MEMORY_MS ? oom : signal;
}
