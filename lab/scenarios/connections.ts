import type { Scenario } from '../scenario.ts';
import { openHttp2, openKeepAlive } from '../sessions.ts';
import { shopperPath } from '../shoppers.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Clients that send many requests over one connection: the connection number alone names none of them. */
export const connections: readonly Scenario[] = [
  {
    name: 'keepalive-clients',
    description: 'Healthy and failing requests alternate on the same client connections.',
    run: async (stage) => {
      const { nginx } = await openSite(stage, { nginx: { format: 'badgateway' } });
      const visit = async (visitor: number) => {
        const session = openKeepAlive(nginx.target, stage.ledger);
        for (let n = 0; n < 12; n += 1) {
          await session.get(shopperPath(stage.random));
          if (n % 3 !== visitor) continue;
          await session.get(`/profile/${6 + n}`, {
            blame: 'upstream-header-too-big',
            expect: ['502'],
          });
        }
        session.close();
      };
      await Promise.all([0, 1, 2].map(visit));
      return undefined;
    },
  },
  {
    name: 'http2-clients',
    description:
      'An HTTP/2 client has twelve requests in flight on one connection when the worker is killed.',
    run: async (stage) => {
      const { nginx } = await openHttp2Site(stage);
      const session = openHttp2('port' in nginx.target ? nginx.target.port : 0, stage.ledger);
      await Promise.all(Array.from({ length: 10 }, () => session.get(shopperPath(stage.random))));
      const call = { blame: 'worker-killed', expect: ['502'] };
      const paths = Array.from({ length: 6 }, (_, n) => `/reports/${n}?seconds=20&mark=held-${n}`);
      const lost = paths.map((path) => session.get(path, call));
      for (let n = 0; n < 6; n += 1) await stage.workerAt(`held-${n}`);
      process.kill(await stage.workerAt('held-0'), 'SIGKILL');
      await Promise.all(lost);
      await sleep(1200);
      for (let n = 0; n < 10; n += 1) await session.get(shopperPath(stage.random));
      session.close();
      return undefined;
    },
  },
];

function openHttp2Site(stage: Parameters<Scenario['run']>[0]) {
  return openSite(stage, {
    gunicorn: {
      version: GUNICORN.v23,
      workers: 1,
      workerClass: 'gthread',
      args: ['--threads=8'],
    },
    nginx: { format: 'badgateway', isHttp2: true },
  });
}
