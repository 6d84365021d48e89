/**
 * Why a connection to Gunicorn ended under NGINX's hands: the order of `causes.md` D1.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Signal, UpstreamError } from '../model.ts';
import type { HostContext } from './context.ts';
import type { WorkerDeath } from './deaths.ts';
import { type Failure, requestLineOf } from './failure.ts';
import { between } from './in-time.ts';
import { stateAt } from './lifecycle.ts';
import { isStopForMemory } from './lifecycle-failure.ts';
import { listensAt } from './peer.ts';
import type { Verdict } from './verdict.ts';

/** Error lines have whole seconds, and systemd, Gunicorn and NGINX do not log at the same instant. */
const SLACK_MS = 1_500;
/** Gunicorn ends what is left within seconds after its graceful timeout. */
const GRACE_SLACK_MS = 5_000;
const NEAR_MS = 2_500;
const MINUTE_MS = 60_000;

/** `death` is the worker's death matched to this failure, if there was one. */
export function refineBroken(
  error: UpstreamError,
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict | null {
  const stop = stopBefore(error.at, death, context);
  if (stop) return fromStop(stop, context);
  if (death && !death.isInferred) return { cause: death.cause, by: death.signals };
  const secure = listensSecurely(error, context);
  if (secure) return { cause: 'protocol-mismatch', by: [secure] };
  const boot = near(context, error.at, ['boot-failure']);
  if (boot.length > 0) return { cause: 'app-boot-failure', by: boot };
  return unexplained(error, failure, death, context);
}

/** Gunicorn speaks only TLS where NGINX speaks plain HTTP: it resets what it cannot read. */
function listensSecurely(error: UpstreamError, context: HostContext): Signal | null {
  const { upstream } = error;
  const { listening, reason } = stateAt(context.states, error.at + SLACK_MS);
  if (!upstream?.startsWith('http://') || reason === null) return null;
  const secure = listening.filter((address) => address.startsWith('https://'));
  return secure.length > 0 && listensAt(secure, upstream) ? reason : null;
}

/** Somebody's wish; or systemd's, which stops the whole unit when a process of it is killed for memory. */
function fromStop(stop: Signal, context: HostContext): Verdict {
  const { oom } = stateAt(context.states, stop.at);
  return oom && isStopForMemory(stop, oom)
    ? { cause: 'worker-oom', by: [oom, stop] }
    : { cause: 'deploy-restart', by: [stop] };
}

/**
 * A stop within the graceful timeout before; a reload for what it then killed. It does not explain a worker that
 * was out of memory before it came, nor one that timed out (a stopping arbiter waits, and does not check), nor
 * one of the Gunicorn that started after it.
 */
function stopBefore(at: number, death: WorkerDeath | null, context: HostContext): Signal | null {
  if (death?.cause === 'worker-timeout') return null;
  const latest = death?.cause === 'worker-oom' ? death.from : at + SLACK_MS;
  return (
    between(context.signals, at - context.gracefulMs - GRACE_SLACK_MS, latest).findLast(
      (signal) =>
        (isStop(signal) || (signal.id === 'reloading' && death?.cause === 'worker-killed')) &&
        !(death && isOfLaterStart(death, signal, context)),
    ) ?? null
  );
}

/** A worker that died after the next start, and not by the hand of the arbiter that was stopped. */
function isOfLaterStart(death: WorkerDeath, stop: Signal, context: HostContext): boolean {
  if (stop.id === 'reloading' || death.isInferred) return false;
  const arbiter = death.signals.find(
    ({ id }) => id === 'worker-killed' || id === 'worker-signaled' || id === 'worker-exited',
  )?.emitter;
  if (stop.role === 'gunicorn' && arbiter !== undefined && arbiter === stop.emitter) return false;
  return between(context.signals, stop.at, death.from - 1).some(
    (signal) => signal.id === 'listening' || signal.id === 'unit-started',
  );
}

function isStop(signal: Signal): boolean {
  if (signal.id === 'unit-stopped') return true;
  return signal.id === 'stopping' && signal.facts.signal !== undefined;
}

function unexplained(
  error: UpstreamError,
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict | null {
  switch (error.mechanism) {
    case 'write-failed':
      return { cause: 'request-body-unread', by: [] };
    case 'body-cut':
      if (isAnsweredUpload(error, context)) return null;
      return { cause: 'premature-body-close', by: near(context, error.at, ['request-error']) };
    case 'invalid-body':
      return { cause: 'invalid-response', by: [] };
    default:
      return closedWithoutWord(error, failure, death, context);
  }
}

/**
 * An application that answers an upload without reading it is reset by its kernel. Whether NGINX still writes or
 * has the answer already is a race (`causes.md` A3): beside lost uploads of the kind, such a reset lost nothing.
 */
function isAnsweredUpload(error: UpstreamError, context: HostContext): boolean {
  if (error.errno === null || !/^(POST|PUT|PATCH) /.test(error.request ?? '')) return false;
  return between(context.errors, error.at - MINUTE_MS, error.at + MINUTE_MS).some(
    (other) => other.mechanism === 'write-failed' && other.upstream === error.upstream,
  );
}

/** Rows 6 to 8 of D1. */
function closedWithoutWord(
  error: UpstreamError,
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict {
  const isSync = stateAt(context.states, error.at).workerClass === 'sync';
  const recycled = near(context, error.at, ['worker-recycling']);
  if (recycled.length > 0 && !isSync) return { cause: 'keepalive-race', by: recycled };
  if (death) return { cause: death.cause, by: death.signals };
  const raised = near(context, error.at, ['request-error']).filter(isUnansweredError);
  if (raised.length > 0) return { cause: 'worker-crash', by: raised };
  if (isReusedConnection(failure)) return { cause: 'keepalive-race', by: [] };
  const cause: CauseId = 'worker-died-unknown';
  return { cause, by: [] };
}

/**
 * `Socket error processing request.`: an OSError that a view let through is taken for one of Gunicorn's own socket,
 * and the connection closed without an answer (workers/sync.py `handle`). Other errors are answered with 500.
 */
function isUnansweredError(signal: Signal): boolean {
  return (
    signal.facts.uri === undefined && signal.facts.exception !== undefined && !signal.facts.isAbort
  );
}

/** Closed at once, on a request that NGINX may not repeat, or repeated at the same address. */
function isReusedConnection(failure: Failure): boolean {
  const tries = failure.request?.tries;
  if (!tries) return false;
  const [first, second] = tries;
  if (first && second && first.status === 502 && first.address === second.address) return true;
  const method = requestLineOf(failure)?.split(' ', 1)[0] ?? '';
  const responseMs = tries.at(-1)?.responseMs ?? null;
  return ['POST', 'PATCH', 'LOCK'].includes(method) && responseMs !== null && responseMs <= 5;
}

function near(context: HostContext, at: number, ids: readonly Signal['id'][]): Signal[] {
  return between(context.signals, at - NEAR_MS, at + NEAR_MS).filter((signal) =>
    ids.includes(signal.id),
  );
}
