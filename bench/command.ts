import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError, OUT } from './corpus.ts';

/** A program to be measured as a whole process. */
export type Command = {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
};

/** The same for every program: bytes rather than characters, which is what `grep` is fastest with. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', HOME: '/tmp' };
const GNU_TIME = '/usr/bin/time';

/** Where a command's standard output goes. */
export function outputOf(command: Command): string {
  return join(OUT, `${command.name.replace(/[^a-z0-9]+/gi, '-')}.out`);
}

/** Runs a command to its end and returns the wall time in milliseconds. Throws when it fails. */
export function timeCommand(command: Command): number {
  const startedAt = performance.now();
  execute(command, command.argv);
  return performance.now() - startedAt;
}

/**
 * The peak memory of a command in MB (10⁶ bytes), from the kernel's own account of it by way of GNU time: a
 * small program in between, since a child is first charged with the memory of the process it was forked from.
 */
export function peakMemoryMb(command: Command): number {
  if (!existsSync(GNU_TIME)) {
    throw new BenchError(`${GNU_TIME} is missing: install it with "apt-get install time"`);
  }
  const account = join(OUT, 'max-rss.txt');
  execute(command, [GNU_TIME, '-f', '%M', '-o', account, ...command.argv]);
  return (Number(readFileSync(account, 'utf8').trim()) * 1024) / 1e6;
}

/** Whether a program of that name is installed. */
export function isInstalled(program: string): boolean {
  const found = spawnSync('which', [program], { env: ENVIRONMENT, stdio: 'ignore' });
  return found.status === 0;
}

/** The first line a program says of its version, on either stream. */
export function versionOf(program: string, flag = '--version'): string {
  const { stdout, stderr } = spawnSync(program, [flag], { env: ENVIRONMENT, encoding: 'utf8' });
  return `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n')[0] ?? '';
}

function execute(command: Command, [program = '', ...args]: readonly string[]): void {
  const output = openSync(outputOf(command), 'w');
  try {
    const done = spawnSync(program, args, {
      env: ENVIRONMENT,
      stdio: ['ignore', output, 'pipe'],
    });
    if (done.status === 0) return;
    const said = String(done.error ?? done.stderr ?? '').slice(0, 400);
    throw new BenchError(`${command.name} ended with status ${done.status}: ${said}`);
  } finally {
    closeSync(output);
  }
}
