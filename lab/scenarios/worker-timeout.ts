import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Requests longer than Gunicorn's --timeout: the same mistake, shown in very different ways. */
export const workerTimeout: readonly Scenario[] = [
  ...[GUNICORN.v20, GUNICORN.v21].map((version) => slowReport(version, '502')),
  ...[GUNICORN.v22, GUNICORN.v23, GUNICORN.newest].map((version) => slowReport(version, '500')),
  ...[GUNICORN.v20, GUNICORN.v21, GUNICORN.v23, GUNICORN.newest].map(stuckInC),
];

function slowReport(version: string, status: '500' | '502'): Scenario {
  return {
    name: `worker-timeout-sync-${version}`,
    description: `Reports run past --timeout 2 in sync workers of Gunicorn ${version}: clients get ${status}.`,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version, timeout: 2, workers: 3, hasAccessLog: version === GUNICORN.v22 },
        nginx: { format: version === GUNICORN.v22 ? 'timed' : 'combined' },
      });
      const call = { blame: 'worker-timeout', expect: [status], is500Failure: true };
      const slow = client.series(3, (n) => `/reports/${n}?seconds=20`, call, 200);
      const others = client.series(2, (n) => `/reports/${70 + n}?seconds=20`, call, 300);
      await stage.shoppers(client, 60, 60);
      await Promise.all([slow, others]);
      await stage.shoppers(client, 10);
      return { confidence: { 'worker-timeout': 'confirmed' } };
    },
  };
}

function stuckInC(version: string): Scenario {
  return {
    name: `worker-timeout-sigkill-${version}`,
    description: `A request deaf to SIGABRT runs past --timeout 2; the arbiter of Gunicorn ${version} kills it and wonders about memory.`,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version, timeout: 2, workers: 3 },
        isUnix: version === GUNICORN.v23,
      });
      const call = { blame: 'worker-timeout', expect: ['502'] };
      const stuck = client.series(3, () => '/stuck?seconds=20', call);
      await stage.shoppers(client, 40, 60);
      await stuck;
      // The line about SIGKILL follows when the master has reaped the worker.
      await sleep(1200);
      await stage.shoppers(client, 10);
      return { confidence: { 'worker-timeout': 'confirmed' } };
    },
  };
}
