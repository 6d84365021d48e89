import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Workers that die with requests in their hands, for other reasons than a timeout. */
export const deaths: readonly Scenario[] = [
  ...[GUNICORN.v20, GUNICORN.v23, GUNICORN.newest].map(killed),
  dying({
    name: 'worker-exit-7',
    description: 'A view calls os._exit(7) on Gunicorn 21.2.',
    version: GUNICORN.v21,
    path: '/exit/now?code=7',
  }),
  dying({
    name: 'worker-exit-7-newest',
    description: 'A view calls os._exit(7) on the newest Gunicorn.',
    version: GUNICORN.newest,
    path: '/exit/now?code=7',
  }),
  dying({
    name: 'worker-exit-0',
    description: 'A view calls os._exit(0): Gunicorn only boots another worker, without a word.',
    version: GUNICORN.v23,
    path: '/exit/now?code=0',
  }),
  dying({
    name: 'worker-abort',
    description: 'A C library aborts (SIGABRT) in a view.',
    version: GUNICORN.v23,
    path: '/abort',
  }),
  dying({
    name: 'sysexit-sync-21.2.0',
    description: 'sys.exit(7) in a view of a sync worker of Gunicorn 21.2 ends the worker: 502.',
    version: GUNICORN.v21,
    path: '/sysexit?code=7',
  }),
  dying({
    name: 'sysexit-gthread',
    description: 'sys.exit(7) in a view of a gthread worker ends the worker: 502.',
    version: GUNICORN.newest,
    workerClass: 'gthread',
    path: '/sysexit?code=7',
  }),
  dying({
    name: 'oserror-in-view-23.0.0',
    description: 'A view lets a refused database connection through: Gunicorn drops the request.',
    version: GUNICORN.v23,
    path: '/unreachable',
  }),
  dying({
    name: 'oserror-in-view-newest',
    description: 'A view of a gthread worker lets a refused database connection through.',
    version: GUNICORN.newest,
    workerClass: 'gthread',
    path: '/unreachable',
  }),
  dying({
    name: 'worker-silent-20.0.4',
    description: 'A segmentation fault under Gunicorn 20.0.4, which never says why a worker went.',
    version: GUNICORN.silent,
    path: '/segfault',
  }),
  {
    name: 'worker-died-unknown',
    description: 'A worker was killed, and nobody kept the log of Gunicorn.',
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { workers: 3 } });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 3, 'worker-died-unknown');
      await stage.shoppers(client, 12);
      return { inputs: ['access.log', 'error.log'] };
    },
  },
  {
    name: 'worker-killed-gthread',
    description: 'One SIGKILL takes a gthread worker with four requests in flight.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: {
          version: GUNICORN.newest,
          workers: 1,
          workerClass: 'gthread',
          args: ['--threads=8'],
        },
        nginx: { format: 'badgateway' },
      });
      await stage.shoppers(client, 12);
      const call = { blame: 'worker-killed', expect: ['502'] };
      const lost = client.burst(4, (n) => `/reports/${n}?seconds=20&mark=lost-${n}`, call);
      for (const n of [0, 1, 2, 3]) await stage.workerAt(`lost-${n}`);
      process.kill(await stage.workerAt('lost-0'), 'SIGKILL');
      await lost;
      await sleep(1200);
      await stage.shoppers(client, 12);
      return { confidence: { 'worker-killed': 'confirmed' } };
    },
  },
];

function killed(version: string): Scenario {
  return {
    name: `worker-killed-${version}`,
    description: `Somebody kills workers of Gunicorn ${version} with SIGKILL while they build reports.`,
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { version, workers: 3 } });
      const shopping = stage.shoppers(client, 50, 50);
      await killAtWork(stage, client, 4, 'worker-killed');
      await shopping;
      return { confidence: { 'worker-killed': 'confirmed' } };
    },
  };
}

/** Sends reports one by one and kills, each time, the worker that has it. */
export async function killAtWork(
  stage: Parameters<Scenario['run']>[0],
  client: Awaited<ReturnType<typeof openSite>>['client'],
  times: number,
  blame: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const call = { blame, expect: ['502'], headers };
    const mark = stage.newMark();
    const lost = client.send(`/reports/${n}?seconds=20&mark=${mark}`, call);
    const pid = await stage.workerAt(mark);
    await sleep(200);
    process.kill(pid, 'SIGKILL');
    await lost;
    await sleep(500);
  }
  await sleep(700);
}

function dying(story: {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly path: string;
  readonly workerClass?: string;
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const workerClass = story.workerClass ?? 'sync';
      const { client } = await openSite(stage, {
        gunicorn: { version: story.version, workers: 3, workerClass },
      });
      await stage.shoppers(client, 12);
      // Gunicorn's log has whole seconds: only later boots can be told from the first ones.
      await sleep(3_000);
      const call = { blame: 'worker-crash', expect: ['502'] };
      await client.series(5, () => story.path, call, 700);
      await stage.shoppers(client, 12);
      return undefined;
    },
  };
}
