import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aboutPids, asDmesg, asSyslog, type KernelLine, kernelLinesSince } from '../kernel-log.ts';
import { LabError } from '../lab-error.ts';
import { limitMemory } from '../memory-cgroup.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** The kernel ends a worker and says so in its own log. */
export const kernel: readonly Scenario[] = [
  {
    name: 'worker-oom-dmesg',
    description:
      'A view eats memory until the kernel kills its worker; the kernel log is given as dmesg prints it.',
    run: (stage) => oom(stage, GUNICORN.v23, asDmesg),
  },
  {
    name: 'worker-oom-syslog',
    description:
      'The same under Gunicorn 20.1, which says only "signal 9"; the kernel log comes by syslog.',
    run: (stage) => oom(stage, GUNICORN.v20, asSyslog),
  },
  {
    name: 'worker-segfault',
    description:
      'A C extension reads address zero; the kernel log tells of the segmentation faults.',
    run: async (stage) => {
      const startedMs = Date.now();
      const { client } = await openSite(stage, { gunicorn: { workers: 3 } });
      await stage.shoppers(client, 12);
      const pids = await crash(stage, client, '/segfault', 'worker-crash');
      await saveKernelLog(stage, startedMs, pids, asSyslog, 'segfault at');
      await stage.shoppers(client, 12);
      return { confidence: { 'worker-crash': 'confirmed' } };
    },
  },
];

type Site = Awaited<ReturnType<typeof openSite>>;

async function oom(stage: Stage, version: string, format: (line: KernelLine) => string) {
  const startedMs = Date.now();
  const { client } = await openSite(stage, {
    gunicorn: { version, workers: 3, before: limitMemory(stage, 160) },
  });
  await stage.shoppers(client, 12);
  const pids = await crash(stage, client, '/leak-memory', 'worker-oom');
  await saveKernelLog(stage, startedMs, pids, format, 'Killed process');
  await stage.shoppers(client, 12);
  return { confidence: { 'worker-oom': 'confirmed' as const } };
}

async function crash(stage: Stage, client: Site['client'], path: string, blame: string) {
  const pids = new Set<number>();
  for (const n of [0, 1, 2]) {
    await client.send(`${path}?mark=victim-${n}`, { blame, expect: ['502'] });
    pids.add(await stage.workerAt(`victim-${n}`));
    await sleep(800);
  }
  return pids;
}

async function saveKernelLog(
  stage: Stage,
  startedMs: number,
  pids: ReadonlySet<number>,
  format: (line: KernelLine) => string,
  wanted: string,
): Promise<void> {
  const lines = aboutPids(await kernelLinesSince(startedMs - 1000), pids);
  if (!lines.some(({ text }) => text.includes(wanted))) {
    throw new LabError(`the kernel did not log "${wanted}" for ${[...pids].join(', ')}`);
  }
  writeFileSync(join(stage.logs, 'system.log'), lines.map(format).join(''));
}
