import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** What single versions and set-ups do that nobody expects. */
export const oddities: readonly Scenario[] = [
  {
    name: 'worker-died-24.0.0',
    description: 'Gunicorn 24.0.0 never reaps a dead worker and does not say what it died of.',
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { version: GUNICORN.v24, workers: 4 } });
      await stage.shoppers(client, 12);
      const call = { blame: 'worker-died-unknown', expect: ['502'] };
      await client.series(2, () => '/segfault', call, 500);
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'boot-hang',
    description:
      'The import of the application hangs; since 22.0 Gunicorn never times out such a worker.',
    run: async (stage) => {
      stage.write('slow_boot.py', 'import time\ntime.sleep(30)\nfrom wsgi import application\n');
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.newest, timeout: 2, app: 'slow_boot:application' },
        nginx: { format: 'timed', serverLines: 'proxy_read_timeout 1s;' },
      });
      const call = { blame: 'upstream-read-timeout', expect: ['504'] };
      await client.steady(20, 100, (n) => `/products/${n % 3}`, call);
      return undefined;
    },
  },
  {
    name: 'localhost-two-addresses',
    description:
      'NGINX tries [::1] first, Gunicorn listens on 127.0.0.1 only: every second request is tried twice.',
    run: async (stage) => {
      const bind = await newAddress(stage, 'tcp');
      await stage.gunicorn({ version: GUNICORN.v23, bind });
      const port = bind.split(':')[1];
      const nginx = await stage.nginx({
        servers: [`[::1]:${port} max_fails=0`, `127.0.0.1:${port} max_fails=0`],
        format: 'timed',
      });
      const call = { blame: 'address-mismatch', expect: ['200'] };
      await stage.client(nginx).series(30, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
];
