import type { Call, Client } from '../client.ts';
import type { Scenario } from '../scenario.ts';
import { newAddress } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Several peers: failures are retried, hidden, or blamed on a peer that is no longer tried. */
export const balancing: readonly Scenario[] = [
  {
    name: 'no-live-upstreams',
    description: 'Both TCP peers are down: two tries fail, then NGINX says that nobody is alive.',
    run: async (stage) => {
      const servers = [await newAddress(stage, 'tcp'), await newAddress(stage, 'tcp')];
      const nginx = await stage.nginx({ servers, format: 'timed' });
      const call = { blame: 'backend-not-listening', expect: ['502'] };
      await stage.client(nginx).series(30, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'no-live-upstreams-unix',
    description:
      'Both unix sockets are gone after a clean stop; most clients are told of no live upstreams.',
    run: async (stage) => {
      const blue = await newAddress(stage, 'unix', 'blue');
      const green = await newAddress(stage, 'unix', 'green');
      const gunicorn = await stage.gunicorn({ version: GUNICORN.v23, bind: blue });
      const nginx = await stage.nginx({ servers: [blue, green] });
      const client = stage.client(nginx);
      gunicorn.running.signal('SIGTERM');
      await gunicorn.running.ended;
      const call = { blame: 'socket-file-missing', expect: ['502'] };
      await client.series(30, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'retried-dead-peer',
    description: 'One of two peers is down; every request that meets it succeeds on the other.',
    run: async (stage) => {
      const dead = await newAddress(stage, 'tcp');
      const live = await newAddress(stage, 'tcp');
      await stage.gunicorn({ version: GUNICORN.v23, bind: live });
      const servers = [`${dead} max_fails=0`, `${live} max_fails=0`];
      const nginx = await stage.nginx({ servers, format: 'badgateway' });
      const call = { blame: 'backend-not-listening', expect: ['200'] };
      await stage.client(nginx).series(40, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'retried-backup',
    description: 'The first server is down, a backup answers everything: clients notice nothing.',
    run: async (stage) => {
      const dead = await newAddress(stage, 'tcp');
      const live = await newAddress(stage, 'tcp');
      await stage.gunicorn({ version: GUNICORN.newest, bind: live });
      const servers = [`${dead} max_fails=0`, `${live} backup`];
      const nginx = await stage.nginx({ servers, format: 'timed' });
      const call = { blame: 'backend-not-listening', expect: ['200'] };
      await stage.client(nginx).series(30, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'retried-worker-killed',
    description:
      'Workers are killed at work: the backup answers the GETs again, the POSTs are lost.',
    run: async (stage) => {
      const first = await newAddress(stage, 'tcp');
      const backup = await newAddress(stage, 'tcp');
      const common = { version: GUNICORN.v23, workers: 3 };
      await stage.gunicorn({ ...common, bind: first, env: { SHOP_PDF_SECONDS: '20' } });
      await stage.gunicorn({ ...common, bind: backup, logFile: 'gunicorn-backup.log' });
      const servers = [`${first} max_fails=0`, `${backup} backup`];
      const nginx = await stage.nginx({ servers, format: 'timed' });
      const client = stage.client(nginx);
      await stage.shoppers(client, 12);
      for (const n of [0, 1, 2]) {
        await lose(stage, client, `/reports/${n}?mark=get-${n}`, `get-${n}`, { expect: ['200'] });
        const post = { method: 'POST', body: '{"sku": 7}', expect: ['502'] };
        await lose(stage, client, `/orders?seconds=20&mark=post-${n}`, `post-${n}`, post);
      }
      await stage.shoppers(client, 12);
      return { inputs: ['access.log', 'error.log', 'gunicorn.log', 'gunicorn-backup.log'] };
    },
  },
];

async function lose(stage: Stage, client: Client, path: string, mark: string, call: Call) {
  const sent = client.send(path, { blame: 'worker-killed', ...call });
  const pid = await stage.workerAt(mark);
  await sleep(200);
  process.kill(pid, 'SIGKILL');
  await sent;
  await sleep(400);
}
