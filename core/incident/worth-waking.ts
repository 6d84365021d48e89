/** Which causes are worth waking somebody, and which verdicts are worth waiting for. The one place that says so. */

import { CAUSES, type CauseId, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import type { SignalId } from '../model.ts';

/** Causes that never open an incident, and why; those of low severity. */
const NEVER_ALERTED: Partial<Record<CauseId, string>> = {
  'client-closed':
    'the client left: people do, and when the reason is a slow backend, its timeouts alert',
  'request-too-large': 'NGINX did what it was told to do, and the backend is well',
};

/**
 * Causes whose incident is a notice, sent when it is over: nobody has to do anything about a restart that went well.
 */
export const NOTICE: CauseId = 'deploy-restart';

/** Consequences of another cause, which open nothing while that cause fails requests on the same host. */
export const SYMPTOMS: ReadonlySet<CauseId> = new Set<CauseId>(['no-live-upstreams']);

/**
 * Verdicts that rest on one log's silence, and what a line of a slower log makes of them. They are waited for
 * unless the other side has confirmed them.
 */
export const WEAK_VERDICTS: Partial<Record<CauseId, string>> = {
  unknown: 'the access log comes first; the error log says what failed',
  'upstream-returned-5xx':
    'the access log comes first; WORKER TIMEOUT in the Gunicorn log makes it a worker timeout',
  'no-live-upstreams': 'the first failures of the servers may be on their way',
  'worker-died-unknown':
    'the Gunicorn log names the death: timeout, kill, crash; a stop makes it a restart',
  'premature-body-close': 'the Gunicorn log may have the death of the worker that sent it',
  'request-body-unread': 'the Gunicorn log may have the death of the worker that read it',
  'keepalive-race': 'the Gunicorn log may have the end of the worker that held the connection',
  'worker-killed':
    'the kernel says whether it was for memory, systemd whether it was part of a stop',
  'backend-not-listening':
    'the Gunicorn log and systemd say whether it was stopped, is restarting or failed to start',
  'socket-file-missing':
    'the Gunicorn log and systemd say whether it was stopped, is restarting or failed to start',
  'stale-unix-socket':
    'the Gunicorn log, systemd and the kernel say how the process that had listened ended',
  'socket-permission': 'the kernel says whether SELinux or AppArmor denied it',
};

/**
 * Signals of a stop that somebody asked for. While nothing else is known than that it was stopped, it may be coming
 * back: that is a restart, and the difference is one line of the Gunicorn log, some seconds later.
 */
export const STOPS: readonly SignalId[] = ['stopping', 'unit-stopped'];

/** Causes whose failures open an incident, in the catalogue's order. */
export const ALERTED_CAUSES: readonly CauseId[] = [...CAUSES, ...DISPOSITIONS].filter(
  (cause) => !(cause in NEVER_ALERTED),
);
