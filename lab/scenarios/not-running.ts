import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isRefused } from '../exchange.ts';
import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { until } from '../wait.ts';

/** Nobody listens where NGINX knocks. */
export const notRunning: readonly Scenario[] = [
  {
    name: 'not-started-tcp',
    description: 'Gunicorn was never started; NGINX finds nobody on its TCP port.',
    run: async (stage) => {
      const nginx = await stage.nginx({ servers: [await newAddress(stage, 'tcp')] });
      await stage.client(nginx).series(25, (n) => `/products/${n}`, refused);
      return undefined;
    },
  },
  {
    name: 'stopped-tcp',
    description: 'Gunicorn was stopped with TERM and stayed away; TCP.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, { gunicorn: { version: GUNICORN.v21 } });
      await stage.shoppers(client, 18);
      gunicorn.running.signal('SIGTERM');
      await gunicorn.running.ended;
      await client.series(15, (n) => `/products/${n}`, refused);
      return undefined;
    },
  },
  {
    name: 'stopped-unix',
    description: 'Gunicorn was stopped with TERM, which removes its unix socket, and stayed away.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, { isUnix: true });
      await stage.shoppers(client, 18);
      gunicorn.running.signal('SIGTERM');
      await gunicorn.running.ended;
      const call = { blame: 'socket-file-missing', expect: ['502'] };
      await client.series(20, (n) => `/orders/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'socket-removed',
    description: 'A cleanup job removed the unix socket of a healthy Gunicorn.',
    run: async (stage) => {
      const { client, address } = await openSite(stage, {
        isUnix: true,
        gunicorn: { version: GUNICORN.newest },
        nginx: { format: 'timed' },
      });
      await stage.shoppers(client, 12);
      rmSync(address.slice('unix:'.length));
      const call = { blame: 'socket-file-missing', expect: ['502'] };
      await client.series(15, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'stale-socket',
    description:
      'The master was killed with SIGKILL; its unix socket file stays, and nobody listens.',
    run: async (stage) => {
      const { client, gunicorn, address } = await openSite(stage, {
        isUnix: true,
        nginx: { format: 'badgateway' },
      });
      await stage.shoppers(client, 18);
      gunicorn.running.signal('SIGKILL');
      await gunicorn.running.ended;
      // The orphaned workers go on serving until they see that their parent has changed.
      await until('the orphans to leave', () => isRefused({ path: address.slice('unix:'.length) }));
      const call = { blame: 'stale-unix-socket', expect: ['502'] };
      await client.series(25, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'port-mismatch',
    description: 'Gunicorn listens on another TCP port than the one proxy_pass names.',
    run: async (stage) => {
      const wrong = await newAddress(stage, 'tcp');
      const { client } = await openSite(stage, { nginx: { servers: [wrong] } });
      await client.series(15, (n) => `/products/${n}`, mismatch);
      return undefined;
    },
  },
  {
    name: 'socket-path-mismatch',
    description: 'Gunicorn listens on another unix path than the one proxy_pass names.',
    run: async (stage) => {
      const right = await newAddress(stage, 'unix');
      const wrong = `${dirname(right)}/app-${basename(right)}`;
      await stage.gunicorn({ version: GUNICORN.v20, bind: right });
      const nginx = await stage.nginx({ servers: [wrong], format: 'main' });
      await stage.client(nginx).series(15, (n) => `/products/${n}`, mismatch);
      return undefined;
    },
  },
];

const refused = { blame: 'backend-not-listening', expect: ['502'] };
const mismatch = { blame: 'address-mismatch', expect: ['502'] };
