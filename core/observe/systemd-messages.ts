/** systemd's sentences about one unit, after its name. */
import type { Observed } from './observed.ts';

/** `code=exited, status=3/NOTIMPLEMENTED`, `code=killed, status=9/KILL` (unit.c `unit_log_process_exit`). */
const EXITED =
  /^(?:Main|main|Control|control) process exited, code=(exited|killed|dumped),? status=((\d{1,3})\/([A-Za-z0-9_/]{1,40}))/;
const RESULT = /^Failed with result '([a-z-]{1,40})'/;
const STOP_TIMEOUT = /^(?:State ')?((?:stop|final)-[a-z-]{1,20})'? timed out\./;
const KILLING = /^Killing process (\d{1,10}) \((.{1,32}?)\) with signal (SIG[A-Z0-9]{2,8})/;
const STEP = /^Failed at step ([A-Z_]{2,40}) spawning /;
/** Signals that systemd takes for a clean end (`is_clean_exit`). */
const CLEAN_SIGNALS = new Set(['HUP', 'INT', 'TERM', 'PIPE']);

/** What a step's failure makes the exit status (exit-status.c). */
const STEP_STATUS: Readonly<Record<string, string>> = {
  CHDIR: '200/CHDIR',
  EXEC: '203/EXEC',
  STDOUT: '209/STDOUT',
  GROUP: '216/GROUP',
  USER: '217/USER',
  CGROUP: '219/CGROUP',
  NAMESPACE: '226/NAMESPACE',
  SECCOMP: '228/SECCOMP',
  RUNTIME_DIRECTORY: '233/RUNTIME_DIRECTORY',
  STATE_DIRECTORY: '238/STATE_DIRECTORY',
};

/** Sentences by how they begin; the first that fits counts. */
const SENTENCES: readonly (readonly [string, Observed])[] = [
  ['Start request repeated too quickly', limit()],
  ['start request repeated too quickly', limit()],
  ['Deactivated successfully.', { id: 'unit-stopped' }],
  ['Succeeded.', { id: 'unit-stopped' }],
  [
    'A process of this unit has been killed by the OOM killer',
    { id: 'oom-kill', facts: { reason: 'oom-kill' } },
  ],
  ['Process(es) of control group were killed by systemd-oomd', oomd()],
  ['systemd-oomd killed ', oomd()],
  ['start operation timed out', failed('start timeout')],
  ['Start operation timed out', failed('start timeout')],
  ['Watchdog timeout', failed('watchdog')],
  ['watchdog timeout', failed('watchdog')],
  ['Failed to locate executable', failed('203/EXEC')],
  ['Unable to locate executable', failed('203/EXEC')],
  ['Changing to the requested working directory failed', failed('200/CHDIR')],
  ['Failed to determine user credentials', failed('217/USER')],
  ['Failed to determine group credentials', failed('216/GROUP')],
  ['Failed to set up mount namespacing', failed('226/NAMESPACE')],
  ['Failed to set up standard output', failed('209/STDOUT')],
  ['Unit entered failed state', { id: 'unit-failed' }],
  ['failed.', { id: 'unit-failed' }],
  ['Failed to load environment files', failed('resources')],
];

/** Sentences after which systemd starts the unit again by itself (service.c `service_enter_restart`). */
export const RESTART_STARTS = [
  'Scheduled restart job',
  'Service hold-off time over, scheduling restart',
  'Service RestartSec=',
  'holdoff time over, scheduling restart',
];

/** The signal of a sentence; of one about a restart to come: the unit starts. */
export function observeUnitMessage(message: string): Observed | null {
  const head = message.slice(0, 300);
  const exited = EXITED.exec(head);
  if (exited) return observeExit(exited);
  const result = RESULT.exec(head)?.[1];
  if (result !== undefined) return result === 'start-limit-hit' ? limit() : failed(result);
  const stop = STOP_TIMEOUT.exec(head)?.[1];
  if (stop !== undefined) return { id: 'unit-stopped', facts: { reason: `${stop} timed out` } };
  const step = STEP.exec(head)?.[1];
  if (step !== undefined) return failed(STEP_STATUS[step] ?? step);
  if (RESTART_STARTS.some((start) => head.startsWith(start))) return observeRestart(head);
  return observeKilling(head) ?? SENTENCES.find(([start]) => head.startsWith(start))?.[1] ?? null;
}

function observeExit(match: RegExpExecArray): Observed {
  const [, how, reason = '', number = '', name = ''] = match;
  if (how === 'exited') {
    const exitCode = Number(number);
    return { id: exitCode === 0 ? 'unit-stopped' : 'unit-failed', facts: { reason, exitCode } };
  }
  const isClean = how === 'killed' && CLEAN_SIGNALS.has(name);
  const facts = { reason, signal: `SIG${name}` };
  return { id: isClean ? 'unit-stopped' : 'unit-failed', facts };
}

function observeRestart(head: string): Observed {
  const count = /restart counter is at (\d{1,9})/.exec(head)?.[1];
  return { id: 'unit-started', facts: { reason: count ? `restart ${count}` : 'restart' } };
}

/** At the end of a stop that took too long, or of what a stop left behind. */
function observeKilling(head: string): Observed | null {
  const match = KILLING.exec(head);
  if (match === null) return null;
  const facts = { process: match[2] ?? '', signal: match[3] ?? '' };
  return { id: 'unit-stopped', pid: Number(match[1]), facts };
}

function failed(reason: string): Observed {
  return { id: 'unit-failed', facts: { reason } };
}

function limit(): Observed {
  return { id: 'unit-start-limit', facts: { reason: 'start-limit-hit' } };
}

function oomd(): Observed {
  return { id: 'oom-kill', facts: { reason: 'systemd-oomd' } };
}
