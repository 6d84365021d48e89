/**
 * From one failure and what is known around it to its cause: the refinement rules of `causes.md` D and D1.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { MechanismId, UpstreamError } from '../model.ts';
import type { HostContext } from './context.ts';
import type { WorkerDeath } from './deaths.ts';
import type { Failure } from './failure.ts';
import { upstreamOf } from './failure.ts';
import { between } from './in-time.ts';
import { isLoopback, isUnix } from './peer.ts';
import { refineBroken } from './refine-broken.ts';
import { type Attempt, refineConnect } from './refine-connect.ts';
import { refineTls } from './refine-tls.ts';
import { refineWithoutError } from './refine-without-error.ts';
import { isSaturated } from './saturation.ts';
import type { Verdict } from './verdict.ts';

/** `death` is the worker's death that broke this failure's connection, if there was one. */
export function refine(
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict | null {
  if (failure.error === null) return refineWithoutError(failure, death, context);
  return refineMechanism(failure.error, failure, death, context);
}

function refineMechanism(
  error: UpstreamError,
  failure: Failure,
  death: WorkerDeath | null,
  context: HostContext,
): Verdict | null {
  switch (error.mechanism) {
    case 'connection-refused':
      return refineConnect(attemptOf(error, failure, refusedFallback(error)), context);
    case 'socket-missing':
      return refineConnect(attemptOf(error, failure, 'socket-file-missing'), context);
    case 'permission-denied':
      return refinePermission(error, context);
    case 'connect-timeout':
      return { cause: connectTimeoutCause(error, context), by: [] };
    case 'read-timeout':
    case 'send-timeout':
      return { cause: readTimeoutCause(error, context), by: [] };
    case 'premature-close':
    case 'connection-reset':
    case 'write-failed':
    case 'body-cut':
    case 'invalid-body':
      return refineBroken(error, failure, death, context);
    case 'tls-failed':
    case 'tls-timeout':
      return refineTls(error, context);
    case 'no-live-upstreams':
    case 'upstream-disabled':
      return { cause: 'no-live-upstreams', by: [] };
    default:
      return { cause: FIXED_CAUSES[error.mechanism], by: [] };
  }
}

type FixedMechanism = Exclude<
  MechanismId,
  | 'connection-refused'
  | 'socket-missing'
  | 'permission-denied'
  | 'connect-timeout'
  | 'read-timeout'
  | 'send-timeout'
  | 'premature-close'
  | 'connection-reset'
  | 'write-failed'
  | 'body-cut'
  | 'invalid-body'
  | 'tls-failed'
  | 'tls-timeout'
  | 'no-live-upstreams'
  | 'upstream-disabled'
>;

/** Mechanisms whose cause needs no more evidence. */
const FIXED_CAUSES: Readonly<Record<FixedMechanism, CauseId>> = {
  'accept-queue-full': 'accept-queue-full',
  'host-unreachable': 'upstream-unreachable',
  'no-source-port': 'ephemeral-ports-exhausted',
  'nginx-limit': 'nginx-limits-exhausted',
  'header-too-big': 'upstream-header-too-big',
  'invalid-header': 'invalid-response',
  'not-http': 'protocol-mismatch',
  'body-timeout': 'response-stream-timeout',
  'dns-failed': 'dns-failed',
  'dns-not-configured': 'dns-not-configured',
  'temp-storage': 'nginx-disk-full',
  'nginx-died': 'unknown',
  'client-aborted': 'client-closed',
};

function attemptOf(error: UpstreamError, failure: Failure, fallback: CauseId): Attempt {
  const isAnswered = failure.visibility === 'retried' || error.isSubrequest;
  return { at: error.at, upstream: upstreamOf(failure), fallback, isAnswered };
}

function refusedFallback(error: UpstreamError): CauseId {
  return isUnix(error.upstream) ? 'stale-unix-socket' : 'backend-not-listening';
}

/** Only a mandatory access control denies TCP; for a unix socket its own log must say so. */
function refinePermission(error: UpstreamError, context: HostContext): Verdict {
  const denial = between(context.signals, error.at - MINUTE_MS, error.at + MINUTE_MS).find(
    (signal) => signal.id === 'mac-denied',
  );
  if (denial) return { cause: 'selinux-denied', by: [denial] };
  return { cause: isUnix(error.upstream) ? 'socket-permission' : 'selinux-denied', by: [] };
}

/**
 * A loopback address cannot be out of reach, nor can a peer that took other connections in the same minutes:
 * then its accept queue was full, and the kernel dropped the SYN.
 */
function connectTimeoutCause(error: UpstreamError, context: HostContext): CauseId {
  if (error.upstream === null) return 'upstream-unreachable';
  const answers = between(context.errors, error.at - MINUTE_MS, error.at + MINUTE_MS).some(
    (other) => other.upstream === error.upstream && ACCEPTED.has(other.mechanism),
  );
  return answers || isLoopback(error.upstream) ? 'accept-queue-full' : 'upstream-unreachable';
}

/** Mechanisms that only a peer can cause that has accepted the connection. */
const ACCEPTED: ReadonlySet<MechanismId> = new Set<MechanismId>([
  'read-timeout',
  'premature-close',
  'header-too-big',
  'body-timeout',
  'body-cut',
]);

function readTimeoutCause(error: UpstreamError, context: HostContext): CauseId {
  return isSaturated(error, context) ? 'workers-saturated' : 'upstream-read-timeout';
}

const MINUTE_MS = 60_000;
