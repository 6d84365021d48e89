/**
 * What was looked for and not found. A log's silence is told only when that log was there: nothing can be
 * concluded from a log that nobody gave.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { LogRole, SignalId } from '../model.ts';
import type { CauseRollup } from './rollup.ts';

/** Which logs were given, and which of them had at least one line. */
export type RolesSeen = {
  readonly given: ReadonlySet<LogRole>;
  readonly filled: ReadonlySet<LogRole>;
};

/** One sentence each, most telling first. */
export function lookedForInVain(entry: CauseRollup, roles: RolesSeen): string[] {
  return [...missingLogs(entry, roles), ...missingSignals(entry, roles)];
}

function missingLogs(entry: CauseRollup, roles: RolesSeen): string[] {
  if (isAnsweredTimeout(entry) && roles.given.has('error')) {
    return ['nothing in the NGINX error log, as expected: Gunicorn answered 500 itself'];
  }
  const wanted: LogRole[] = NEEDS_BACKEND.has(entry.cause)
    ? ['error', 'access', 'gunicorn', 'system']
    : ['error', 'access'];
  return wanted
    .filter((role) => !roles.filled.has(role))
    .map((role) =>
      roles.given.has(role) ? `the ${LOG_NAMES[role]} is empty` : `no ${LOG_NAMES[role]} was given`,
    );
}

/** Since Gunicorn 22 a sync worker that the arbiter aborts answers 500, and NGINX has nothing to complain about. */
function isAnsweredTimeout(entry: CauseRollup): boolean {
  return entry.cause === 'worker-timeout' && entry.mechanisms.counts.size === 0;
}

const LOG_NAMES: Readonly<Record<LogRole, string>> = {
  access: 'NGINX access log',
  error: 'NGINX error log',
  gunicorn: 'Gunicorn log',
  system: 'kernel or systemd log',
  app: 'application log',
};

function missingSignals(entry: CauseRollup, roles: RolesSeen): string[] {
  const wanted = LOOKED_FOR[entry.cause] ?? [];
  const missing = wanted.filter(
    ({ role, signal }) =>
      roles.filled.has(role) && signal.every((id) => !entry.facts.signals.counts.has(id)),
  );
  return missing.map(({ words }) => words);
}

type Search = {
  readonly role: LogRole;
  readonly signal: readonly SignalId[];
  readonly words: string;
};

const NO_TIMEOUT: Search = {
  role: 'gunicorn',
  signal: ['worker-timeout'],
  words: 'a WORKER TIMEOUT',
};
const NO_KILL: Search = {
  role: 'gunicorn',
  signal: ['worker-killed', 'worker-signaled', 'worker-exited'],
  words: 'a killed, crashed or exited worker',
};
const NO_OOM: Search = {
  role: 'system',
  signal: ['oom-kill'],
  words: 'an out-of-memory kill',
};
const NO_RESTART: Search = {
  role: 'gunicorn',
  signal: ['stopping', 'reloading'],
  words: 'a restart or reload',
};
const NO_START: Search = {
  role: 'gunicorn',
  signal: ['listening', 'starting', 'stopping', 'boot-failure', 'bind-failure'],
  words: 'a start, stop or failure of Gunicorn that explains it',
};
const NO_DENIAL: Search = {
  role: 'system',
  signal: ['mac-denied'],
  words: 'a SELinux or AppArmor denial',
};

const LOOKED_FOR: Partial<Record<CauseId, readonly Search[]>> = {
  'worker-timeout': [NO_OOM, NO_RESTART],
  'worker-killed': [NO_TIMEOUT, NO_OOM, NO_RESTART],
  'worker-crash': [NO_TIMEOUT, NO_OOM, NO_RESTART],
  'worker-died-unknown': [NO_TIMEOUT, NO_KILL, NO_OOM, NO_RESTART],
  'keepalive-race': [NO_TIMEOUT, NO_KILL],
  'premature-body-close': [NO_TIMEOUT, NO_KILL],
  'request-body-unread': [NO_TIMEOUT, NO_KILL],
  'upstream-read-timeout': [NO_TIMEOUT],
  'workers-saturated': [NO_TIMEOUT],
  'backend-not-listening': [NO_START],
  'socket-file-missing': [NO_START],
  'stale-unix-socket': [NO_START, NO_OOM],
  'socket-permission': [NO_DENIAL],
  unknown: [NO_TIMEOUT, NO_KILL, NO_OOM, NO_RESTART],
};

/** Causes whose proof stands in the backend's own logs. */
const NEEDS_BACKEND: ReadonlySet<CauseId> = new Set<CauseId>([
  'backend-not-listening',
  'socket-file-missing',
  'stale-unix-socket',
  'worker-timeout',
  'worker-killed',
  'worker-crash',
  'worker-died-unknown',
  'keepalive-race',
  'premature-body-close',
  'upstream-read-timeout',
  'workers-saturated',
  'unknown',
]);
