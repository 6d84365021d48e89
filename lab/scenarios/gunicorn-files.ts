import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** Gunicorn runs out of file descriptors. */
export const gunicornFiles: readonly Scenario[] = [
  leaking(GUNICORN.v21, 'sync', []),
  leaking(GUNICORN.v23, 'gthread', ['--threads=4']),
  leaking(GUNICORN.newest, 'gthread', ['--threads=4']),
];

function leaking(version: string, workerClass: string, args: readonly string[]): Scenario {
  return {
    name: `gunicorn-fd-exhausted-${version}`,
    description: `A leak leaves the ${workerClass} worker (${version}) without descriptors: pages that open a file get no answer.`,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version, workers: 1, workerClass, args, before: 'ulimit -n 64;' },
        nginx: { format: 'badgateway' },
      });
      await stage.shoppers(client, 12);
      await client.series(5, (n) => `/catalog/${n}`);
      await client.send('/leak-files');
      const call = { blame: 'gunicorn-fd-exhausted', expect: ['502'] };
      await client.series(15, (n) => `/catalog/${n}`, call);
      return undefined;
    },
  };
}
