import { cpus, loadavg, release, totalmem } from 'node:os';
import { isInstalled, versionOf } from './command.ts';

const PEERS: readonly (readonly [program: string, flag: string])[] = [
  ['grep', '--version'],
  ['wc', '--version'],
  ['mawk', '-Wversion'],
  ['mtail', '--version'],
  ['goaccess', '--version'],
];

/** What the numbers were measured with, in a few lines: date, machine, load, versions. */
export function describeMachine(now: Date): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GB`;
  const versions = PEERS.map(([program, flag]) =>
    isInstalled(program) ? versionOf(program, flag) : `no ${program}`,
  );
  return [
    `${now.toISOString().slice(0, 16)}Z, ${processors.length} × ${model}, ${memory}, Linux ${release()}`,
    `load average ${loadavg()[0]?.toFixed(2)} at the start; Node ${process.version}`,
    `${versions.join('; ')}`,
    '',
  ].join('\n');
}
