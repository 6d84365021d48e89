/** How the arbiter says that a worker has ended (Gunicorn arbiter.py `reap_workers`, 20.1 and newer). */
import { endOfDigits } from '../parse/byte-string.ts';
import type { Observed } from './observed.ts';
import { signalName } from './signal-names.ts';

const STARTS = ['Worker (pid:', 'Worker with pid '];

/**
 * `Worker with pid 7 was terminated due to signal 9` (20.1), `Worker (pid:7) was sent SIGKILL! Perhaps out
 * of memory?`, `was sent code 40!` and `was sent signal 40!` (21, 24), `exited with code 1` with or without a
 * full stop. Exit codes 3 and 4 are `Arbiter.WORKER_BOOT_ERROR` and `APP_LOAD_ERROR`: the arbiter itself
 * takes them for a failed boot and halts. SIGTERM is how a worker of Uvicorn's class ends when it is told to.
 */
export function readReaped(message: string): Observed | null {
  const start = STARTS.find((prefix) => message.startsWith(prefix));
  if (start === undefined) return null;
  const end = endOfDigits(message, start.length);
  if (end === start.length || end - start.length > 10) return null;
  const pid = Number(message.slice(start.length, end));
  const what = message.slice(message.charCodeAt(end) === 41 ? end + 1 : end, end + 80);
  return readExit(pid, what) ?? readTermination(pid, what) ?? readSent(pid, what);
}

function readExit(pid: number, what: string): Observed | null {
  const match = /^ exited with code (-?\d{1,5})\.?$/.exec(what);
  if (match === null) return null;
  const exitCode = Number(match[1]);
  const isBoot = exitCode === 3 || exitCode === 4;
  return { id: isBoot ? 'boot-failure' : 'worker-exited', pid, facts: { exitCode } };
}

function readTermination(pid: number, what: string): Observed | null {
  const match = /^ was terminated due to signal (\d{1,3})$/.exec(what);
  if (match === null) return null;
  const signal = signalName(Number(match[1]));
  return { id: signal === 'SIGKILL' ? 'worker-killed' : 'worker-signaled', pid, facts: { signal } };
}

function readSent(pid: number, what: string): Observed | null {
  const match = /^ was sent (?:(SIG[A-Z0-9+-]{2,12})|(?:code|signal) (\d{1,3}))!/.exec(what);
  if (match === null) return null;
  const signal = match[1] ?? signalName(Number(match[2]));
  if (signal === 'SIGKILL') return { id: 'worker-killed', pid, facts: { signal } };
  if (signal === 'SIGTERM') return { id: 'worker-exiting', pid, facts: { signal } };
  return { id: 'worker-signaled', pid, facts: { signal } };
}
