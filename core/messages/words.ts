import type { Confidence, LogRole, MechanismId, SignalId } from '../model.ts';

/** What NGINX says of each mechanism, in its own words where they are clear. */
export const MECHANISM_WORDS: Readonly<Record<MechanismId, string>> = {
  'connection-refused': 'connection refused',
  'socket-missing': 'no socket file',
  'permission-denied': 'permission denied',
  'accept-queue-full': 'the socket had no room for another connection',
  'connect-timeout': 'timed out while connecting',
  'host-unreachable': 'host or network unreachable',
  'no-source-port': 'no free local port to connect from',
  'nginx-limit': 'NGINX ran out of connections or open files',
  'write-failed': 'connection lost while sending the request',
  'send-timeout': 'timed out while sending the request',
  'read-timeout': 'timed out while waiting for the answer',
  'premature-close': 'connection closed before the answer',
  'connection-reset': 'connection reset before the answer',
  'header-too-big': 'answer header too big',
  'invalid-header': 'invalid answer header',
  'not-http': 'an answer that is no HTTP',
  'body-cut': 'answer cut off in the middle',
  'body-timeout': 'answer stalled in the middle',
  'invalid-body': 'answer longer or other than announced',
  'no-live-upstreams': 'no live upstreams',
  'upstream-disabled': 'upstream server disabled for a while',
  'dns-failed': 'name could not be resolved',
  'dns-not-configured': 'no resolver for a name',
  'tls-failed': 'TLS handshake failed',
  'tls-timeout': 'timed out in the TLS handshake',
  'temp-storage': 'temporary file could not be written',
  'nginx-died': 'an NGINX worker died',
  'client-aborted': 'the client went away',
};

/** What each signal of the backend is, in words. */
export const SIGNAL_WORDS: Readonly<Record<SignalId, string>> = {
  'worker-timeout': 'WORKER TIMEOUT',
  'worker-killed': 'worker killed by SIGKILL',
  'worker-signaled': 'worker ended by a signal',
  'worker-exited': 'worker exited with an error code',
  'boot-failure': 'worker failed to boot',
  'bind-failure': 'could not bind its address',
  'config-error': 'error in the settings',
  starting: 'start',
  listening: 'listening',
  stopping: 'stop',
  reloading: 'reload',
  'worker-booting': 'worker booted',
  'worker-exiting': 'worker exited',
  'worker-recycling': 'worker recycled (max_requests)',
  'parent-changed': 'worker lost its parent',
  'request-error': 'error while handling a request',
  'request-invalid': 'invalid request',
  'fd-exhausted': 'too many open files',
  'unhandled-signal': 'unhandled signal',
  'oom-kill': 'killed by the kernel, out of memory',
  'unit-started': 'unit started',
  'unit-stopped': 'unit stopped',
  'unit-failed': 'unit failed',
  'unit-start-limit': 'unit restarted too often',
  segfault: 'segmentation fault',
  'mac-denied': 'denied by SELinux or AppArmor',
};

/** Who writes a log. */
export const ROLE_WORDS: Readonly<Record<LogRole, string>> = {
  access: "NGINX's access log",
  error: "NGINX's error log",
  gunicorn: 'Gunicorn',
  system: 'the system log',
  app: "the application's log",
};

/** What a confidence rests on, given the logs that the evidence is from. */
export function confidenceInWords(confidence: Confidence, roles: readonly LogRole[]): string {
  if (confidence === 'unexplained') return 'nothing but the access log tells of it';
  const hasNginx = roles.includes('access') || roles.includes('error');
  const others = (['gunicorn', 'system'] as const).filter((role) => roles.includes(role));
  const speakers = [...(hasNginx ? ['NGINX'] : []), ...others.map((role) => ROLE_WORDS[role])];
  if (confidence === 'confirmed') {
    return speakers.length > 1 ? `${listInWords(speakers)} agree` : 'the log says so itself';
  }
  return speakers.length === 1 ? `only ${speakers[0]} tells of it` : 'one side tells of it';
}

/** `a`, `a and b`, `a, b and c`. */
function listInWords(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}
