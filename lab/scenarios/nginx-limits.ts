import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { needNamespaces, needRoot } from '../needs.ts';
import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** NGINX itself, or its host, has run out of something: 500 made by NGINX, or a cut body. */
export const nginxLimits: readonly Scenario[] = [
  {
    name: 'nginx-worker-connections',
    description:
      'Slow reports hold all but one of worker_connections: NGINX answers 500 to everyone else.',
    // Of 16: the listener, the channel to the master and two for each report; one is left for a client.
    run: (stage) => exhausted(stage, { workerConnections: 17 }, 7),
  },
  {
    name: 'nginx-open-files',
    description:
      'The NGINX worker reaches its limit of open files: it can accept a client, not connect for it.',
    run: (stage) => exhausted(stage, { mainLines: 'worker_rlimit_nofile 24;' }, 7),
  },
  {
    name: 'ephemeral-ports',
    description: 'Four slow requests use up the four local ports of a tiny port range.',
    run: async (stage) => {
      needNamespaces();
      const socket = join(stage.work, 'nginx.sock');
      const bind = await newAddress(stage, 'tcp');
      const range = '/proc/sys/net/ipv4/ip_local_port_range';
      const nginx = await stage.nginx({
        servers: [bind],
        listen: `unix:${socket}`,
        format: 'timed',
        unshare: {
          flags: '-n',
          prepare: `ip link set lo up && echo "61000 61003" > ${range} && echo $$ > ${stage.marks}/nginx`,
        },
      });
      const pid = await stage.workerAt('nginx');
      const before = `exec nsenter --target ${pid} --net -- "$@";`;
      await stage.gunicorn({ version: GUNICORN.v23, bind, workers: 6, before });
      const client = stage.client(nginx);
      const busy = client.burst(4, (n) => `/reports/${n}?seconds=3&mark=busy-${n}`);
      for (const n of [0, 1, 2, 3]) await stage.workerAt(`busy-${n}`);
      const call = { blame: 'ephemeral-ports-exhausted', expect: ['502'] };
      await client.series(15, (n) => `/products/${n}`, call);
      await busy;
      return undefined;
    },
  },
  {
    name: 'nginx-disk-full-body',
    description: 'The disk that holds client_body_temp is full: uploads get a 500 from NGINX.',
    run: async (stage) => {
      needNamespaces();
      const { client } = await openSite(stage, {
        nginx: { unshare: tinyDisk(stage.work, 'client_body_temp') },
      });
      await stage.shoppers(client, 12);
      const body = Buffer.alloc(900_000, 'b');
      const call = { method: 'POST', body, ...diskFull, expect: ['500'], is500Failure: true };
      await client.series(8, () => '/orders', call);
      return undefined;
    },
  },
  {
    name: 'nginx-temp-denied',
    description:
      'After a careless chown NGINX may not write to client_body_temp: uploads get a 500.',
    run: async (stage) => {
      needRoot();
      const { client, nginx } = await openSite(stage);
      const folder = join(nginx.prefix, 'client_body_temp');
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o000);
      await stage.shoppers(client, 12);
      const body = Buffer.alloc(100_000, 'b');
      const call = { method: 'POST', body, ...diskFull, expect: ['500'], is500Failure: true };
      await client.series(8, () => '/orders', call);
      return undefined;
    },
  },
  {
    name: 'nginx-disk-full-response',
    description:
      'A client reads slowly and the disk that holds proxy_temp is full: downloads are cut.',
    run: async (stage) => {
      needNamespaces();
      const { client } = await openSite(stage, {
        nginx: { format: 'badgateway', unshare: tinyDisk(stage.work, 'proxy_temp') },
      });
      await stage.shoppers(client, 12);
      const call = { ...diskFull, pauseMs: 1500, mayBeCut: true, expect: ['200'] };
      await client.series(3, () => '/big?megabytes=16', call);
      return undefined;
    },
  },
];

const diskFull = { blame: 'nginx-disk-full' };

function tinyDisk(work: string, temp: string) {
  const folder = join(work, 'nginx', temp);
  return {
    flags: '-m',
    prepare: `mkdir -p ${folder} && mount -t tmpfs -o size=128k tmpfs ${folder}`,
  };
}

async function exhausted(
  stage: Parameters<Scenario['run']>[0],
  nginx: NonNullable<Parameters<typeof openSite>[1]>['nginx'],
  reports: number,
) {
  const { client } = await openSite(stage, {
    gunicorn: { workers: 8 },
    nginx: { format: 'timed', ...nginx },
  });
  await stage.shoppers(client, 12);
  const path = (n: number) => `/reports/${n}?seconds=3&mark=busy-${n}`;
  const busy = client.burst(reports, path);
  for (let n = 0; n < reports; n += 1) await stage.workerAt(`busy-${n}`);
  const call = { blame: 'nginx-limits-exhausted', expect: ['500'], is500Failure: true };
  await client.series(15, (n) => `/products/${n}`, call);
  await busy;
  await stage.shoppers(client, 10);
  return undefined;
}
