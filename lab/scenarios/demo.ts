import type { Client } from '../client.ts';
import type { Scenario } from '../scenario.ts';
import { shopperPath } from '../shoppers.ts';
import { openSite } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** The incident that `npm start` replays: what a real evening looks like. */
export const demo: readonly Scenario[] = [
  {
    name: 'demo-report-timeouts',
    description:
      'A shop on two hosts: big reports run past --timeout 3, people with many orders get too big headers, all else is well.',
    deadlineSeconds: 90,
    run: async (stage) => {
      const gunicorn = {
        version: GUNICORN.v23,
        workers: 4,
        timeout: 3,
        env: { SHOP_BIG_REPORTS_FROM: '50', SHOP_PDF_SECONDS: '20' },
      };
      const one = await openSite(stage, { host: 'web-1', gunicorn, nginx: { workerProcesses: 2 } });
      const two = await openSite(stage, { host: 'web-2', gunicorn, nginx: { workerProcesses: 2 } });
      await Promise.all([evening(stage, one.client, 9), evening(stage, two.client, 6)]);
      return { confidence: { 'worker-timeout': 'confirmed', 'upstream-header-too-big': 'likely' } };
    },
  },
];

const MINUTE_OF_PEACE = 4000;

async function evening(stage: Stage, client: Client, reports: number): Promise<void> {
  const timeout = { blame: 'worker-timeout', expect: ['500'], is500Failure: true };
  const tooBig = { blame: 'upstream-header-too-big', expect: ['502'] };
  const shopping = client.steady(270, 140, () => shopperPath(stage.random));
  await sleep(MINUTE_OF_PEACE);
  await Promise.all([
    client.series(6, (n) => `/reports/${n + 11}`, {}, 4000),
    client.steady(reports, 27_000 / reports, (n) => `/reports/${n * 7 + 51}`, timeout),
    client.series(4, (n) => `/profile/${n % 4}`, {}, 6000),
    client.series(7, (n) => `/profile/${n + 4}`, tooBig, 3500),
  ]);
  await shopping;
}
