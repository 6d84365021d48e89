import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Skipped } from './lab-error.ts';
import type { Stage } from './stage.ts';
import { sleep } from './wait.ts';

// Version 1 has a hierarchy for each controller, version 2 one for all.
const LAYOUTS = [
  { parent: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { parent: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

/** Makes a memory cgroup and gives back the shell words that put a process into it. */
export function limitMemory(stage: Stage, megabytes: number): string {
  for (const { parent, limit } of LAYOUTS) {
    const group = join(parent, `badgateway-lab-${process.pid}-${stage.name}`);
    try {
      mkdirSync(group, { recursive: true });
      writeFileSync(join(group, limit), String(megabytes << 20));
    } catch {
      continue;
    }
    stage.onEnd(() => removeGroup(group));
    return `echo $$ > ${join(group, 'cgroup.procs')};`;
  }
  throw new Skipped('no memory cgroup can be made here, so the kernel kills nobody');
}

async function removeGroup(group: string): Promise<void> {
  // The kernel needs a moment to let go of the processes that were in it.
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      rmdirSync(group);
      return;
    } catch {
      await sleep(100);
    }
  }
}
