import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { killAtWork } from './deaths.ts';

/** More than one host: each has its own logs, causes and sometimes its own time zone. */
export const hosts: readonly Scenario[] = [
  {
    name: 'two-hosts-two-causes',
    description: 'web-1 loses workers to SIGKILL while web-2 sends too big headers.',
    run: async (stage) => {
      const one = await openSite(stage, { host: 'web-1', gunicorn: { workers: 3 } });
      const two = await openSite(stage, { host: 'web-2', gunicorn: { workers: 3 } });
      const tooBig = { blame: 'upstream-header-too-big', expect: ['502'] };
      await Promise.all([
        stage.shoppers(one.client, 30, 60),
        stage.shoppers(two.client, 30, 60),
        killAtWork(stage, one.client, 3, 'worker-killed'),
        two.client.series(8, (n) => `/profile/${6 + n}`, tooBig, 250),
      ]);
      return undefined;
    },
  },
  {
    name: 'two-hosts-two-zones',
    description: 'Timeouts on both hosts; web-2 writes its logs in the time of Kolkata.',
    run: async (stage) => {
      const gunicorn = { version: GUNICORN.v21, timeout: 2, workers: 3 };
      const one = await openSite(stage, { host: 'web-1', gunicorn });
      const two = await openSite(stage, {
        host: 'web-2',
        gunicorn: { ...gunicorn, env: { TZ: 'Asia/Kolkata' } },
        nginx: { timeZone: 'Asia/Kolkata' },
      });
      const call = { blame: 'worker-timeout', expect: ['502'] };
      await Promise.all([
        stage.shoppers(one.client, 30, 60),
        stage.shoppers(two.client, 30, 60),
        one.client.series(2, (n) => `/reports/${n}?seconds=20`, call),
        two.client.series(2, (n) => `/reports/${n}?seconds=20`, call),
      ]);
      return undefined;
    },
  },
  ...(['edge', 'inner'] as const).map(
    (side): Scenario => ({
      name: `nested-proxy-${side}`,
      description: `An edge NGINX in front of the NGINX of the application, whose Gunicorn is down; only the ${side} logs are given.`,
      run: async (stage) => {
        const inner = await stage.nginx({
          host: 'inner',
          servers: [await newAddress(stage, 'tcp')],
        });
        const port = 'port' in inner.target ? inner.target.port : 0;
        const servers = [`127.0.0.1:${port}`];
        const edge = await stage.nginx({
          host: 'edge',
          servers,
          format: side === 'edge' ? 'timed' : 'combined',
        });
        const blame = side === 'edge' ? 'upstream-returned-5xx' : 'backend-not-listening';
        const call = { blame, expect: ['502'] };
        await stage.client(edge).series(15, (n) => `/products/${n}`, call);
        return { inputs: [side] };
      },
    }),
  ),
];
