/** From one entry of a Gunicorn log to the signal it gives. */
import type { Signal } from '../model.ts';
import type { GunicornEntry } from '../parse/gunicorn-entry.ts';
import { findMessageRule, type MessageKind, readSubjectPid } from '../parse/gunicorn-messages.ts';
import type { Observed } from './observed.ts';
import { observeBareEntry } from './signal-bare.ts';
import { readAddresses, readBindFailure } from './signal-listen.ts';
import { readReaped } from './signal-reaped.ts';
import { observeRequestError, observeUnknownMessage } from './signal-request.ts';
import { observeWorkerException } from './signal-worker-exception.ts';

type Observer = (entry: GunicornEntry) => Observed | null;

export type GunicornContext = {
  readonly host: string;
  /** What to take from times without a zone to have UTC; 0 when not given. */
  readonly localOffsetMs?: number;
  /** The time of an entry in a log without any time; without it such an entry gives no signal. */
  readonly undatedAt?: number;
};

/**
 * The signal of one entry, or `null` when it says nothing about the backend. A suspect entry (a header that
 * may be part of an exception's text) gives none. The traceback of a worker that the arbiter aborted is a
 * `request-error` with `isAbort`, see `explainedAs`.
 */
export function observeGunicornEntry(
  entry: GunicornEntry,
  context: GunicornContext,
): Signal | null {
  const at = instantOf(entry, context);
  const observed = at === null ? null : classifyGunicornEntry(entry);
  if (at === null || observed === null) return null;
  return {
    kind: 'signal',
    id: observed.id,
    at,
    host: context.host,
    role: 'gunicorn',
    pid: observed.pid === undefined ? entry.pid : observed.pid,
    emitter: entry.pid,
    unit: null,
    facts: observed.facts ?? {},
    origin: entry.origin,
    line: entry.line,
  };
}

/** What one entry means, whenever it was written; `null` for nothing, and for a suspect entry. */
export function classifyGunicornEntry(entry: GunicornEntry): Observed | null {
  if (entry.isSuspect || entry.request !== null) return null;
  if (entry.isBare) return observeBareEntry(entry);
  const rule = findMessageRule(entry.message, 0);
  return rule === null ? observeUnknownMessage(entry) : OBSERVERS[rule.kind](entry);
}

function instantOf(entry: GunicornEntry, context: GunicornContext): number | null {
  if (entry.at === null) return context.undatedAt ?? null;
  return entry.isLocal ? entry.at - (context.localOffsetMs ?? 0) : entry.at;
}

/** Arbiter.SIGNALS that end it or replace what runs; the others change nothing a client sees. */
const HANDLED: Readonly<Record<string, Observed>> = {
  term: { id: 'stopping', facts: { signal: 'SIGTERM' } },
  int: { id: 'stopping', facts: { signal: 'SIGINT' } },
  quit: { id: 'stopping', facts: { signal: 'SIGQUIT' } },
  hup: { id: 'reloading', facts: { signal: 'SIGHUP' } },
  usr2: { id: 'reloading', facts: { signal: 'SIGUSR2' } },
};

const OBSERVERS: Readonly<Record<MessageKind, Observer>> = {
  starting: (entry) => {
    const version = after(entry, 'Starting gunicorn ');
    return { id: 'starting', facts: version ? { version } : {} };
  },
  'using-worker': (entry) => {
    return { id: 'starting', facts: { workerClass: after(entry, 'Using worker: ') } };
  },
  listening: (entry) => ({ id: 'listening', facts: { addresses: readAddresses(entry.message) } }),
  'worker-timeout': (entry) => ({ id: 'worker-timeout', pid: subjectOf(entry) }),
  'worker-reaped': (entry) => readReaped(entry.message),
  'shutting-down': () => ({ id: 'stopping' }),
  'halt-reason': (entry) => haltReason(after(entry, 'Reason: ')),
  'handling-signal': (entry) => HANDLED[after(entry, 'Handling signal: ')] ?? null,
  'hang-up': () => ({ id: 'reloading' }),
  'stop-workers': () => ({ id: 'stopping' }),
  promoted: () => ({ id: 'reloading' }),
  'unhandled-signal': (entry) => {
    return { id: 'unhandled-signal', facts: { signal: after(entry, 'Unhandled signal: ') } };
  },
  'bind-failure': (entry) => readBindFailure(entry.message),
  booting: (entry) => ({ id: 'worker-booting', pid: subjectOf(entry) }),
  exiting: (entry) => ({ id: 'worker-exiting', pid: subjectOf(entry) }),
  'main-loop-exception': observeWorkerException,
  'worker-exception': observeWorkerException,
  'load-failure': observeWorkerException,
  'request-error': observeRequestError,
  'socket-error': observeRequestError,
  'fd-exhausted': () => ({ id: 'fd-exhausted' }),
  'invalid-request': (entry) => {
    const [, reason = entry.message] = entry.message.split(': ', 2);
    return { id: 'request-invalid', facts: { reason } };
  },
  recycling: () => ({ id: 'worker-recycling', facts: { reason: 'max_requests' } }),
  'parent-changed': () => ({ id: 'parent-changed' }),
  'worker-shutdown': observeWorkerShutdown,
  'code-reload': () => ({ id: 'reloading', facts: { reason: 'source file changed' } }),
  'worker-crash': observeWorkerCrash,
};

/** The message after its fixed beginning, at most one line of it. */
function after(entry: GunicornEntry, prefix: string): string {
  return entry.message.slice(prefix.length).trim();
}

function subjectOf(entry: GunicornEntry): number | null {
  const rule = findMessageRule(entry.message, 0);
  return rule === null ? null : readSubjectPid(entry.message, rule);
}

/** `Reason: Worker failed to boot.` (arbiter.py `halt`); other reasons are those of `sys.exit` in a hook. */
function haltReason(reason: string): Observed {
  const isBoot = reason.startsWith('Worker failed to boot') || reason.startsWith('App failed to');
  return { id: isBoot ? 'boot-failure' : 'stopping', facts: { reason } };
}

/** The same beginning is Uvicorn's whole `Shutting down`; any more of it is the application's. */
function observeWorkerShutdown(entry: GunicornEntry): Observed | null {
  const { message } = entry;
  if (message.startsWith('Shutting down')) {
    return message === 'Shutting down' ? { id: 'worker-exiting' } : null;
  }
  if (message.startsWith('Worker shutting down')) return { id: 'worker-exiting' };
  if (message.startsWith('Forcing close of ') && !message.endsWith(' connections')) return null;
  return { id: 'worker-exiting', facts: { reason: 'graceful timeout' } };
}

/** `Worker exception: …` (workers/gasgi.py), or Uvicorn's `Child process [4685] died`. */
function observeWorkerCrash(entry: GunicornEntry): Observed | null {
  if (!entry.message.startsWith('Child process [')) {
    return { id: 'worker-exited', facts: { exception: after(entry, 'Worker exception: ') } };
  }
  return entry.message.endsWith('] died') ? { id: 'worker-exited', pid: subjectOf(entry) } : null;
}
