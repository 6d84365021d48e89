import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { inheritedEnv } from './environment.ts';
import { sleep } from './wait.ts';

/** How to start a server: its output is appended to one file, as a supervisor would. */
export type LaunchOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly outputFile: string;
};

/** One server of the lab, in a process group of its own so that nothing of it can be left behind. */
export type Running = {
  readonly pid: number;
  /** Exit code, or 128 + signal number style text, once it has ended. */
  readonly ended: Promise<string>;
  readonly isAlive: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
};

const launched = new Set<number>();

/** Kills whatever still runs, at once: for the end of the lab itself, however it comes. */
export function killAllGroups(): void {
  for (const pid of launched) killGroup(pid);
}

/** Starts a process; it is up to the caller to end it with `endGroup`. */
export function launch(options: LaunchOptions): Running {
  const output = openSync(options.outputFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...inheritedEnv, ...options.env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  if (child.pid !== undefined) launched.add(child.pid);
  const ended = endOf(child);
  return {
    pid: child.pid ?? -1,
    ended,
    isAlive: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    signal: (signal) => void child.kill(signal),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
}

/** Ends a process and all its children: asks first, kills after `graceMs`. */
export async function endGroup(running: Running, graceMs = 1500): Promise<void> {
  if (running.pid <= 0) return;
  running.signal('SIGTERM');
  await Promise.race([running.ended, sleep(graceMs)]);
  killGroup(running.pid);
  await running.ended;
}

function killGroup(pid: number): void {
  launched.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: the whole group has gone already, which is what we want.
  }
}
