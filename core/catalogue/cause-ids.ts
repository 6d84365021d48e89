/** The causes of `causes.md` section D. The ids are a contract: stored, alerted on and queried by. */
export const CAUSES = [
  'backend-not-listening',
  'socket-file-missing',
  'stale-unix-socket',
  'app-boot-failure',
  'bind-failure',
  'service-start-failure',
  'address-mismatch',
  'protocol-mismatch',
  'socket-permission',
  'selinux-denied',
  'accept-queue-full',
  'workers-saturated',
  'upstream-read-timeout',
  'upstream-unreachable',
  'response-stream-timeout',
  'worker-timeout',
  'worker-oom',
  'worker-killed',
  'worker-crash',
  'worker-died-unknown',
  'premature-body-close',
  'upstream-header-too-big',
  'invalid-response',
  'request-body-unread',
  'keepalive-race',
  'dns-failed',
  'dns-not-configured',
  'stale-dns',
  'tls-to-plain-backend',
  'tls-handshake-failed',
  'nginx-limits-exhausted',
  'ephemeral-ports-exhausted',
  'nginx-disk-full',
  'gunicorn-fd-exhausted',
  'deploy-restart',
] as const;

/** What a failure is called when no root cause is known (`causes.md` D, Dispositions). */
export const DISPOSITIONS = [
  'no-live-upstreams',
  'upstream-returned-5xx',
  'client-closed',
  'request-too-large',
  'unknown',
] as const;

export type CauseId = (typeof CAUSES)[number] | (typeof DISPOSITIONS)[number];
