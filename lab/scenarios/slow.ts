import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** One route is slower than NGINX is patient, while workers are free. */
export const slow: readonly Scenario[] = [
  slowRoute('read-timeout-gthread', GUNICORN.v23, 'gthread', ['--threads=8']),
  slowRoute('read-timeout-gevent', GUNICORN.v23, 'gevent', []),
  slowRoute('read-timeout-sync', GUNICORN.v21, 'sync', []),
  {
    name: 'read-timeout-uvicorn',
    description:
      'An asynchronous page awaits longer than proxy_read_timeout; the loop is not blocked.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: {
          version: GUNICORN.newest,
          workerClass: 'uvicorn_worker.UvicornWorker',
          app: 'asgi:application',
          timeout: 2,
        },
        nginx: { serverLines: 'proxy_read_timeout 1s;', format: 'json' },
      });
      const call = { blame: 'upstream-read-timeout', expect: ['504'] };
      const late = client.burst(6, (n) => `/reports/${n}?seconds=4`, call);
      await stage.shoppers(client, 40);
      await late;
      return undefined;
    },
  },
  {
    name: 'sysexit-gthread-23.0.0',
    description:
      'sys.exit() in a view kills only its thread in gthread 23: the request is never answered.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { workerClass: 'gthread', args: ['--threads=4'] },
        nginx: { serverLines: 'proxy_read_timeout 1s;' },
      });
      const call = { blame: 'upstream-read-timeout', expect: ['504'] };
      const lost = client.series(3, () => '/sysexit?code=7&seconds=0.2', call);
      await stage.shoppers(client, 18);
      await lost;
      return undefined;
    },
  },
  {
    name: 'send-timeout',
    description:
      'The application does not read a large upload in time: 504 while sending the request.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        nginx: {
          serverLines: 'proxy_send_timeout 1s; client_max_body_size 20m;',
          format: 'badgateway',
        },
      });
      await stage.shoppers(client, 15);
      const body = Buffer.alloc(12 << 20, 'b');
      const call = { method: 'POST', body, blame: 'upstream-read-timeout', expect: ['504'] };
      await client.burst(2, () => '/orders?seconds=4', call);
      return undefined;
    },
  },
];

function slowRoute(
  name: string,
  version: string,
  workerClass: string,
  args: readonly string[],
): Scenario {
  return {
    name,
    description: `One report is slower than proxy_read_timeout; ${workerClass} workers are free for the rest.`,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version, workerClass, args, workers: workerClass === 'sync' ? 6 : 2 },
        nginx: { serverLines: 'proxy_read_timeout 1s;' },
      });
      const call = { blame: 'upstream-read-timeout', expect: ['504'] };
      const late = client.steady(4, 100, (n) => `/reports/${n}?seconds=3`, call);
      await stage.shoppers(client, 60);
      await late;
      return undefined;
    },
  };
}
