import type { Call } from '../client.ts';
import type { GunicornOptions } from '../gunicorn.ts';
import type { NginxOptions } from '../nginx-config.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

// Up to 1.29.6 NGINX asks with HTTP/1.0: Gunicorn then frames a body without a length by closing the
// connection, and nobody can tell a cut one. With 1.1 it sends chunks, and the missing last one shows.
const CHUNKED: NginxOptions = { serverLines: 'proxy_http_version 1.1;' };

/** The headers were fine and said 200; the body then breaks off. No status tells of it. */
export const bodies: readonly Scenario[] = [
  cut({
    name: 'body-shorter-than-promised',
    description: 'The application promises 4000 bytes and sends 14.',
    path: () => '/short',
    blame: 'premature-body-close',
  }),
  cut({
    name: 'body-exception-midway',
    description: 'A generator raises after the first rows of an export; chunked.',
    path: () => '/export?then=raise',
    blame: 'premature-body-close',
    gunicorn: { workerClass: 'gthread', args: ['--threads=4'] },
    nginx: CHUNKED,
  }),
  cut({
    name: 'body-stalls',
    description: 'An export pauses longer than proxy_read_timeout after its first rows.',
    path: () => '/export?then=stall&seconds=3&first=9000',
    blame: 'response-stream-timeout',
    gunicorn: { version: GUNICORN.newest, workerClass: 'gthread', args: ['--threads=4'] },
    nginx: { format: 'timed', serverLines: 'proxy_read_timeout 1s;' },
  }),
  cut({
    name: 'body-worker-timeout-21.2.0',
    description: 'A sync worker of Gunicorn 21.2 is aborted in the middle of an export.',
    path: () => '/export?then=stall&seconds=20&first=9000',
    blame: 'worker-timeout',
    gunicorn: { version: GUNICORN.v21, timeout: 2, workers: 3 },
    nginx: CHUNKED,
  }),
  cut({
    name: 'body-worker-timeout-chunked-23',
    description: 'A sync worker of Gunicorn 23 writes its 500 page into the chunks of an export.',
    path: () => '/export?then=stall&seconds=20&first=9000',
    blame: 'worker-timeout',
    gunicorn: { version: GUNICORN.v23, timeout: 2, workers: 3, hasAccessLog: true },
    nginx: { format: 'badgateway', ...CHUNKED },
  }),
  cut({
    name: 'body-worker-timeout-corrupt-23',
    description: 'The 500 page fills up the promised length: the client gets a whole, wrong file.',
    path: () => '/export?then=stall&seconds=20&first=9000&length=9100',
    blame: 'worker-timeout',
    gunicorn: { version: GUNICORN.v23, timeout: 2, workers: 3, hasAccessLog: true },
    nginx: { format: 'badgateway', errorLevel: 'warn' },
    call: { isBodyGood: (body) => !body.includes('Internal Server Error') },
  }),
  {
    name: 'body-cut-unseen',
    description:
      'The same exception behind HTTP/1.0 proxying: NGINX takes the closed connection for the end, all look whole.',
    run: async (stage) => {
      const { client } = await openSite(stage);
      await client.series(5, () => '/export?then=raise');
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'body-worker-killed',
    description: 'Workers are killed with SIGKILL while they stream exports.',
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { workers: 3 }, nginx: CHUNKED });
      await stage.shoppers(client, 12);
      for (const n of [0, 1, 2]) {
        const call = { blame: 'worker-killed', expect: ['200'], mayBeCut: true };
        const path = `/export?then=stall&seconds=20&first=9000&mark=streaming-${n}`;
        const lost = client.send(path, call);
        const pid = await stage.workerAt(`streaming-${n}`);
        await sleep(300);
        process.kill(pid, 'SIGKILL');
        await lost;
        await sleep(700);
      }
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
];

function cut(story: {
  readonly name: string;
  readonly description: string;
  readonly path: (n: number) => string;
  readonly blame: string;
  readonly gunicorn?: Partial<GunicornOptions>;
  readonly nginx?: NginxOptions;
  readonly call?: Call;
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        ...(story.gunicorn ? { gunicorn: story.gunicorn } : {}),
        ...(story.nginx ? { nginx: story.nginx } : {}),
      });
      const call = { blame: story.blame, expect: ['200'], mayBeCut: true, ...story.call };
      const broken = client.series(3, story.path, call);
      await stage.shoppers(client, 40);
      await broken;
      return undefined;
    },
  };
}
