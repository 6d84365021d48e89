import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aboutPids, asDmesg, kernelLinesSince } from '../kernel-log.ts';
import { limitMemory } from '../memory-cgroup.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep, until } from '../wait.ts';
import { killAtWork } from './deaths.ts';

/** Several causes on one host, at the same time or one after the other. */
export const mixed: readonly Scenario[] = [
  {
    name: 'mixed-three-causes',
    description:
      'Within one minute: reports time out, workers of other requests are killed, headers are too big.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.v21, timeout: 2, workers: 4 },
      });
      const shopping = stage.shoppers(client, 40, 250);
      const tooBig = { blame: 'upstream-header-too-big', expect: ['502'] };
      const headers = client.series(8, (n) => `/profile/${6 + n}`, tooBig, 1100);
      const timeout = { blame: 'worker-timeout', expect: ['502'] };
      for (const round of [0, 1]) {
        await client.burst(2, (n) => `/reports/${round}${n}?seconds=20`, timeout);
        // Logs have whole seconds: far enough apart to be told apart, near enough to be confused.
        await sleep(1300);
        const post = { method: 'POST', body: '{}', blame: 'worker-killed', expect: ['502'] };
        const lost = client.send(`/orders?seconds=20&mark=victim-${round}`, post);
        const pid = await stage.workerAt(`victim-${round}`);
        process.kill(pid, 'SIGKILL');
        await lost;
        await sleep(1300);
      }
      await Promise.all([shopping, headers]);
      return undefined;
    },
  },
  {
    name: 'mixed-oom-and-timeout',
    description:
      'SIGKILL after a worker timeout and SIGKILL by the kernel, minutes apart in cause, seconds in time.',
    run: async (stage) => {
      const startedMs = Date.now();
      const { client } = await openSite(stage, {
        gunicorn: { timeout: 2, workers: 3, before: limitMemory(stage, 160) },
      });
      await stage.shoppers(client, 20, 60);
      await client.send('/stuck?seconds=20', { blame: 'worker-timeout', expect: ['502'] });
      await sleep(1500);
      await client.send('/leak-memory?mark=hog', { blame: 'worker-oom', expect: ['502'] });
      await sleep(1500);
      await client.send('/stuck?seconds=20', { blame: 'worker-timeout', expect: ['502'] });
      await sleep(1500);
      await stage.shoppers(client, 12);
      const pids = new Set([await stage.workerAt('hog')]);
      const lines = aboutPids(await kernelLinesSince(startedMs - 1000), pids);
      writeFileSync(join(stage.logs, 'system.log'), lines.map(asDmesg).join(''));
      return undefined;
    },
  },
  {
    name: 'incident-recovery-incident',
    description: 'Workers are killed, peace returns, then a broken deploy takes everything down.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, {
        gunicorn: { version: GUNICORN.v20, workers: 3 },
        nginx: { format: 'timed' },
      });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 3, 'worker-killed');
      await stage.shoppers(client, 40, 100);
      stage.write('wsgi.py', 'from shop.settings import SECRET\n');
      gunicorn.running.signal('SIGHUP');
      await until('Gunicorn to halt', () => !gunicorn.running.isAlive());
      const call = { blame: 'app-boot-failure', expect: ['502'] };
      await client.series(15, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'slow-client-at-gunicorn',
    description:
      'An idle connection straight to a sync worker makes it time out: a WORKER TIMEOUT that failed nobody.',
    run: async (stage) => {
      const { client, address } = await openSite(stage, { gunicorn: { timeout: 2, workers: 3 } });
      await stage.shoppers(client, 20, 60);
      stage.holdOpen(Number(address.split(':')[1]));
      await stage.shoppers(client, 40, 100);
      return undefined;
    },
  },
];
