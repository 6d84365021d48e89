import type { Signal, SignalId } from '../model.ts';

/**
 * What a signal proves when it stands alone. The traceback of an aborted worker is a `request-error` with
 * `isAbort` to the join (it names the request, and its worker answered 500); by itself it says that the
 * arbiter's timeout hit (Gunicorn workers/base.py `handle_abort` runs on the arbiter's SIGABRT).
 */
export function explainedAs(signal: Pick<Signal, 'id' | 'facts'>): SignalId {
  return signal.id === 'request-error' && signal.facts.isAbort ? 'worker-timeout' : signal.id;
}
