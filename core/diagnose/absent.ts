/**
 * What was looked for and not found. A log's silence is told only when that log was there: nothing can be
 * concluded from a log that nobody gave.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { LogRole, SignalId } from '../model.ts';
import type { CauseRollup } from './rollup.ts';

/** Roles of the logs that were read and had at least one line. */
export type RolesSeen = ReadonlySet<LogRole>;

/** One sentence each, most telling first. */
export function lookedForInVain(entry: CauseRollup, roles: RolesSeen): string[] {
  return [...missingLogs(entry, roles), ...missingSignals(entry, roles)];
}

function missingLogs(entry: CauseRollup, roles: RolesSeen): string[] {
  const sentences: string[] = [];
  if (!roles.has('error')) sentences.push('no NGINX error log was given');
  if (!roles.has('access')) sentences.push('no NGINX access log was given');
  if (!NEEDS_BACKEND.has(entry.cause)) return sentences;
  if (!roles.has('gunicorn')) sentences.push('no Gunicorn log was given');
  if (!roles.has('system')) sentences.push('no kernel or systemd log was given');
  return sentences;
}

function missingSignals(entry: CauseRollup, roles: RolesSeen): string[] {
  const wanted = LOOKED_FOR[entry.cause] ?? [];
  const missing = wanted.filter(
    ({ role, signal }) =>
      roles.has(role) && signal.every((id) => !entry.facts.signals.counts.has(id)),
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
  words: 'no WORKER TIMEOUT in the Gunicorn log at these times',
};
const NO_KILL: Search = {
  role: 'gunicorn',
  signal: ['worker-killed', 'worker-signaled', 'worker-exited'],
  words: 'no killed, crashed or exited worker in the Gunicorn log at these times',
};
const NO_OOM: Search = {
  role: 'system',
  signal: ['oom-kill'],
  words: 'no out-of-memory kill in the system log',
};
const NO_RESTART: Search = {
  role: 'gunicorn',
  signal: ['stopping', 'reloading'],
  words: 'no restart or reload of Gunicorn at these times',
};
const NO_START: Search = {
  role: 'gunicorn',
  signal: ['listening', 'starting', 'stopping', 'boot-failure', 'bind-failure'],
  words: 'the Gunicorn log says nothing of a start, stop or failure that explains it',
};
const NO_DENIAL: Search = {
  role: 'system',
  signal: ['mac-denied'],
  words: 'no SELinux or AppArmor denial in the system log',
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
