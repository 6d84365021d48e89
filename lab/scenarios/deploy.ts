import type { GunicornOptions } from '../gunicorn.ts';
import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Somebody restarts Gunicorn while people are shopping. */
export const deploy: readonly Scenario[] = [
  {
    name: 'deploy-tcp',
    description:
      'TERM and a new start in the middle of traffic: queued requests are reset, new ones refused.',
    run: (stage) => deployDuringTraffic(stage, 'tcp', { workers: 1 }),
  },
  {
    name: 'deploy-unix',
    description:
      'The same behind a unix socket, with the newest Gunicorn: the socket file is away for a moment.',
    run: (stage) => deployDuringTraffic(stage, 'unix', { version: GUNICORN.newest, workers: 2 }),
  },
  {
    name: 'deploy-graceful-timeout-sync',
    description:
      'A report is still being built when graceful_timeout is over: it is killed with its worker.',
    run: (stage) => cutOff(stage, { args: ['--graceful-timeout=2'] }, 'SIGTERM'),
  },
  {
    name: 'deploy-graceful-timeout-gthread',
    description: 'The same with gthread workers and Gunicorn 20.1, behind a unix socket.',
    run: (stage) =>
      cutOff(
        stage,
        { version: GUNICORN.v20, workerClass: 'gthread', args: GRACE },
        'SIGTERM',
        true,
      ),
  },
  {
    name: 'deploy-quit-gthread',
    description:
      'QUIT instead of TERM: gthread workers are killed at graceful_timeout, the log wonders about memory.',
    run: (stage) =>
      cutOff(stage, { version: GUNICORN.newest, workerClass: 'gthread', args: GRACE }, 'SIGQUIT'),
  },
  {
    name: 'deploy-quit-sync',
    description:
      'QUIT interrupts a report in a sync worker of Gunicorn 23, which answers 500 itself.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, { gunicorn: { hasAccessLog: true } });
      await stage.shoppers(client, 18);
      const lost = client.send('/reports/1?seconds=20&mark=held', { expect: ['500'] });
      await stage.workerAt('held');
      gunicorn.running.signal('SIGQUIT');
      await lost;
      await gunicorn.running.ended;
      await stage.gunicorn(gunicorn.options);
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
];

const GRACE = ['--graceful-timeout=2', '--threads=4'];

const blamed = { blame: 'deploy-restart', expect: ['200', '502'] };

async function deployDuringTraffic(
  stage: Stage,
  kind: 'tcp' | 'unix',
  gunicorn: Partial<GunicornOptions>,
) {
  const bind = await newAddress(stage, kind);
  const first = await stage.gunicorn({ version: GUNICORN.v23, bind, ...gunicorn });
  const client = stage.client(await stage.nginx({ servers: [bind], format: 'badgateway' }));
  await stage.shoppers(client, 18);
  const workers = gunicorn.workers ?? 1;
  const busy = client.burst(workers, (n) => `/reports/${n}?seconds=1.5&mark=busy-${n}`);
  for (let n = 0; n < workers; n += 1) await stage.workerAt(`busy-${n}`);
  // These wait in the listen queue, and are reset when the old master closes its doors.
  const traffic = client.steady(60, 40, (n) => `/products/${n}`, blamed);
  await sleep(500);
  first.running.signal('SIGTERM');
  await first.running.ended;
  await sleep(300);
  await stage.gunicorn(first.options);
  await Promise.all([busy, traffic]);
  await stage.shoppers(client, 18);
  return undefined;
}

async function cutOff(
  stage: Stage,
  gunicorn: Partial<GunicornOptions>,
  signal: NodeJS.Signals,
  isUnix = false,
) {
  const site = await openSite(stage, { isUnix, gunicorn });
  await stage.shoppers(site.client, 18);
  const call = { blame: 'deploy-restart', expect: ['502'] };
  const lost = site.client.burst(2, (n) => `/reports/${n}?seconds=20&mark=held-${n}`, call);
  for (const n of [0, 1]) await stage.workerAt(`held-${n}`);
  site.gunicorn.running.signal(signal);
  await lost;
  await site.gunicorn.running.ended;
  await site.client.series(3, (n) => `/products/${n}`, call);
  await stage.gunicorn(site.gunicorn.options);
  await stage.shoppers(site.client, 12);
  return undefined;
}
