import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

// Reports have minutes; everything else must be answered within two seconds.
const LOCATIONS = `
    location / { proxy_pass http://app; proxy_read_timeout 2s; }
    location /reports/ { proxy_pass http://app; proxy_read_timeout 60s; }`;

/** All workers are busy: others wait, or are not even let into the queue. */
export const saturation: readonly Scenario[] = [
  saturated('workers-saturated-sync', GUNICORN.v23, 'sync', []),
  saturated('workers-saturated-gthread', GUNICORN.newest, 'gthread', ['--threads=4']),
  {
    name: 'accept-queue-unix',
    description: 'The only worker is busy and the backlog of the unix socket is full: 502 at once.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        isUnix: true,
        gunicorn: { workers: 1, args: ['--backlog=2'] },
        nginx: { format: 'timed' },
      });
      await stage.shoppers(client, 15);
      const busy = client.send('/reports/1?seconds=3&mark=busy');
      await stage.workerAt('busy');
      // Backlog 2 lets three in; they are answered when the report is done.
      const queued = client.burst(3, (n) => `/orders/${n}`);
      await sleep(300);
      await client.series(20, (n) => `/products/${n}`, {
        blame: 'accept-queue-full',
        expect: ['502'],
      });
      await Promise.all([busy, queued]);
      await stage.shoppers(client, 10);
      return undefined;
    },
  },
  {
    name: 'accept-queue-tcp',
    description: 'The only worker is busy and the TCP backlog is full: NGINX cannot even connect.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { workers: 1, args: ['--backlog=2'] },
        nginx: { format: 'timed', serverLines: 'proxy_connect_timeout 1s;' },
      });
      await stage.shoppers(client, 15);
      const busy = client.send('/reports/1?seconds=5&mark=busy');
      await stage.workerAt('busy');
      const queued = client.burst(3, (n) => `/orders/${n}`);
      await sleep(300);
      await client.burst(12, (n) => `/products/${n}`, {
        blame: 'accept-queue-full',
        expect: ['504'],
      });
      await Promise.all([busy, queued]);
      await stage.shoppers(client, 10);
      return undefined;
    },
  },
];

function saturated(
  name: string,
  version: string,
  workerClass: string,
  args: readonly string[],
): Scenario {
  return {
    name,
    description: `Long reports occupy every ${workerClass} worker; unrelated pages wait until NGINX gives up.`,
    run: async (stage) => {
      // One gthread worker with four threads: two might share four requests unevenly.
      const [workers, slots] = workerClass === 'sync' ? [2, 2] : [1, 4];
      const { client } = await openSite(stage, {
        gunicorn: { version, workerClass, args, workers, timeout: 30, hasAccessLog: true },
        nginx: { format: 'badgateway', locations: LOCATIONS },
      });
      await stage.shoppers(client, 12);
      const reports = client.burst(slots, (n) => `/reports/${n}?seconds=6&mark=busy-${n}`);
      for (let n = 0; n < slots; n += 1) await stage.workerAt(`busy-${n}`);
      const waiting = { blame: 'workers-saturated', expect: ['504'] };
      await Promise.all([
        client.steady(12, 100, (n) => `/products/${n}`, waiting),
        client.steady(6, 150, () => '/cart', waiting),
        client.steady(6, 150, (n) => `/orders/${n + 40}`, waiting),
      ]);
      await reports;
      await stage.shoppers(client, 15);
      return undefined;
    },
  };
}
