import type { GunicornOptions } from '../gunicorn.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Requests longer than Gunicorn's --timeout: the same mistake, shown in very different ways. */
export const workerTimeout: readonly Scenario[] = [
  ...[GUNICORN.v20, GUNICORN.v21].map((version) => slowReport(version, '502')),
  ...[GUNICORN.v22, GUNICORN.v23, GUNICORN.newest].map((version) => slowReport(version, '500')),
  ...[GUNICORN.v20, GUNICORN.v21, GUNICORN.v23, GUNICORN.newest].map(stuckInC),
  blocked({
    name: 'worker-timeout-gthread-gil',
    description:
      'A C call holds the GIL of a gthread worker: no thread can beat the heart, all its requests are lost.',
    gunicorn: { workerClass: 'gthread', args: ['--threads=4'] },
    path: '/gil?seconds=20',
  }),
  blocked({
    name: 'worker-timeout-uvicorn',
    description: 'A page blocks the event loop of a uvicorn worker longer than --timeout.',
    gunicorn: { workerClass: 'uvicorn_worker.UvicornWorker', app: 'asgi:application' },
    path: '/blocking?seconds=20',
  }),
  blocked({
    name: 'worker-timeout-asgi',
    description:
      "A page blocks the event loop of Gunicorn's own asgi worker longer than --timeout.",
    gunicorn: { version: GUNICORN.newest, workerClass: 'asgi', app: 'asgi:application' },
    path: '/blocking?seconds=20',
  }),
  blocked({
    name: 'worker-timeout-tornado',
    description: 'A WSGI page blocks the loop of a tornado worker longer than --timeout.',
    gunicorn: { workerClass: 'tornado' },
    path: '/reports/1?seconds=20',
  }),
  blocked({
    name: 'worker-timeout-gevent',
    description:
      'A page blocks the hub of a gevent worker (no monkey patching reaches C) longer than --timeout.',
    gunicorn: { workerClass: 'gevent' },
    path: '/gil?seconds=20',
  }),
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

function blocked(story: {
  readonly name: string;
  readonly description: string;
  readonly gunicorn: Partial<GunicornOptions>;
  readonly path: string;
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { timeout: 2, workers: 3, ...story.gunicorn },
        nginx: { format: 'timed' },
      });
      // Since 22.0 a worker that has not beaten its heart once is never timed out.
      await stage.shoppers(client, 30, 60);
      const call = { blame: 'worker-timeout', expect: ['502'] };
      await client.series(3, () => story.path, call, 1500);
      // The line about the signal follows when the master has reaped the worker.
      await sleep(1200);
      await stage.shoppers(client, 10);
      return { confidence: { 'worker-timeout': 'confirmed' } };
    },
  };
}
