import type { Cause } from './cause.ts';
import type { CauseId } from './cause-ids.ts';
import { appBootFailure } from './causes/app-boot-failure.ts';
import {
  invalidResponse,
  keepaliveRace,
  prematureBodyClose,
  requestBodyUnread,
  upstreamHeaderTooBig,
} from './causes/bad-response.ts';
import { bindFailure } from './causes/bind-failure.ts';
import { deployRestart } from './causes/deploy.ts';
import {
  clientClosed,
  noLiveUpstreams,
  requestTooLarge,
  unknown,
  upstreamReturned5xx,
} from './causes/dispositions.ts';
import {
  ephemeralPortsExhausted,
  gunicornFdExhausted,
  nginxDiskFull,
  nginxLimitsExhausted,
} from './causes/host.ts';
import { addressMismatch, protocolMismatch } from './causes/mismatch.ts';
import { dnsFailed, dnsNotConfigured, staleDns } from './causes/names.ts';
import {
  backendNotListening,
  serviceStartFailure,
  socketFileMissing,
  staleUnixSocket,
} from './causes/not-running.ts';
import { selinuxDenied, socketPermission } from './causes/perms.ts';
import { acceptQueueFull, workersSaturated } from './causes/saturation.ts';
import {
  responseStreamTimeout,
  upstreamReadTimeout,
  upstreamUnreachable,
} from './causes/timeout.ts';
import { tlsHandshakeFailed, tlsToPlainBackend } from './causes/tls.ts';
import { workerCrash, workerDiedUnknown, workerKilled, workerOom } from './causes/worker-death.ts';
import { workerTimeout } from './causes/worker-timeout.ts';

/**
 * Everything that can be said of every cause and disposition, by id: exhaustive by its type, in the order of
 * `CAUSES` and `DISPOSITIONS`, which is the order to use where a list of causes has no other.
 */
export const CATALOGUE: Readonly<Record<CauseId, Cause>> = {
  'backend-not-listening': backendNotListening,
  'socket-file-missing': socketFileMissing,
  'stale-unix-socket': staleUnixSocket,
  'app-boot-failure': appBootFailure,
  'bind-failure': bindFailure,
  'service-start-failure': serviceStartFailure,
  'address-mismatch': addressMismatch,
  'protocol-mismatch': protocolMismatch,
  'socket-permission': socketPermission,
  'selinux-denied': selinuxDenied,
  'accept-queue-full': acceptQueueFull,
  'workers-saturated': workersSaturated,
  'upstream-read-timeout': upstreamReadTimeout,
  'upstream-unreachable': upstreamUnreachable,
  'response-stream-timeout': responseStreamTimeout,
  'worker-timeout': workerTimeout,
  'worker-oom': workerOom,
  'worker-killed': workerKilled,
  'worker-crash': workerCrash,
  'worker-died-unknown': workerDiedUnknown,
  'premature-body-close': prematureBodyClose,
  'upstream-header-too-big': upstreamHeaderTooBig,
  'invalid-response': invalidResponse,
  'request-body-unread': requestBodyUnread,
  'keepalive-race': keepaliveRace,
  'dns-failed': dnsFailed,
  'dns-not-configured': dnsNotConfigured,
  'stale-dns': staleDns,
  'tls-to-plain-backend': tlsToPlainBackend,
  'tls-handshake-failed': tlsHandshakeFailed,
  'nginx-limits-exhausted': nginxLimitsExhausted,
  'ephemeral-ports-exhausted': ephemeralPortsExhausted,
  'nginx-disk-full': nginxDiskFull,
  'gunicorn-fd-exhausted': gunicornFdExhausted,
  'deploy-restart': deployRestart,
  'no-live-upstreams': noLiveUpstreams,
  'upstream-returned-5xx': upstreamReturned5xx,
  'client-closed': clientClosed,
  'request-too-large': requestTooLarge,
  unknown,
};
