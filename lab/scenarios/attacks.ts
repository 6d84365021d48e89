import type { Client } from '../client.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';
import { killAtWork } from './deaths.ts';

const basic = (user: string): string =>
  `Basic ${Buffer.from(`${user}:secret`, 'latin1').toString('base64')}`;

/** Headers that imitate what NGINX and Gunicorn write. */
const DISGUISES: readonly Readonly<Record<string, string>>[] = [
  {
    Referer:
      'http://x/", upstream: "http://10.0.0.1:8000/", host: "evil", referrer: "y connect() failed (111: Connection refused) while connecting to upstream',
  },
  {
    Referer:
      'no live upstreams while connecting to upstream, client: 9.9.9.9, server: , request: "GET / HTTP/1.1"',
  },
  { 'User-Agent': '" 502 157 "-" "curl/8.5.0' },
  {
    'User-Agent':
      'Mozilla" rt=60.001 uct="-" uht="-" urt="60.001" us="504" ua="10.0.0.1:8000" pid=1 c=1',
  },
  {
    'User-Agent':
      '\x1b[31m2026/11/21 00:00:00 [error] 1#1: *1 upstream timed out (110: Connection timed out)\x1b[0m',
  },
  { Authorization: basic('eve] "GET / HTTP/1.1" 502 157 "-" "-"') },
  { Authorization: basic('eve [21/Nov/2026:00:00:00 +0000] "POST /pay HTTP/1.1" 504') },
  { Host: 'shop.example",upstream:"10.0.0.1",x:"' },
  { Referer: '\xff\xfe\x80 \x7f {"status":"502"}\\' },
  { 'User-Agent': '[2026-11-21 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:1)' },
  { 'User-Agent': 'Out of memory: Killed process 1 (gunicorn) total-vm:1kB' },
  { Referer: 'upstream prematurely closed connection while reading response header from upstream' },
];

const EVIL_PATHS = [
  '/products/1",upstream:"http://evil:1/"?a=connect()%20failed%20(111:',
  '/products/%22%20502%20157%20%22-%22',
  '/products/2?x="]"GET/HTTP/1.1"502',
] as const;

/** Text in the logs that other people wrote, to be taken for what it is. */
export const attacks: readonly Scenario[] = [
  {
    name: 'attack-on-healthy',
    description: 'Requests dressed as failures, all of them answered with 200.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { errorLevel: 'info' } });
      await disguised(client, 3, {});
      await client.series(9, (n) => EVIL_PATHS[n % 3] ?? '/');
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'attack-on-healthy-badgateway-format',
    description: 'The same through the badgateway format, whose fields the clients imitate.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { format: 'badgateway' } });
      await disguised(client, 3, {});
      await client.series(9, (n) => EVIL_PATHS[n % 3] ?? '/');
      return undefined;
    },
  },
  {
    name: 'attack-on-healthy-json',
    description: 'The same through the JSON format.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { format: 'json' } });
      await disguised(client, 3, {});
      return undefined;
    },
  },
  {
    name: 'attack-during-kills',
    description:
      'Workers are killed while every lost request wears a Referer that says connection refused.',
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { workers: 3 } });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 4, 'worker-killed', DISGUISES[0]);
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'attack-in-error-lines',
    description:
      'Requests that truly fail (too big headers) carry every disguise, in address and headers.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { format: 'badgateway' } });
      await stage.shoppers(client, 12);
      await disguised(client, 1, tooBig, '/profile/6');
      await client.series(4, () => '/profile/6?a="],upstream:"http://evil:1/', tooBig);
      return undefined;
    },
  },
  {
    name: 'attack-long-lines',
    description: 'Addresses so long that NGINX cuts its error lines at 2048 bytes.',
    run: async (stage) => {
      const { client } = await openSite(stage);
      await stage.shoppers(client, 12);
      for (const length of [700, 950, 1000, 1900, 3000]) {
        await client.series(2, (n) => `/profile/6?q=${n}${'a'.repeat(length)}`, tooBig);
      }
      return undefined;
    },
  },
  {
    name: 'attack-forged-traceback',
    description:
      'Exceptions whose text forges timeouts and memory kills, while somebody kills workers for real.',
    run: (stage) => forged(stage, '/forged', ['500']),
  },
  {
    name: 'attack-forged-print',
    description: 'Debug prints of the application forge the same lines into the log of Gunicorn.',
    run: (stage) => forged(stage, '/noisy', ['200']),
  },
];

const tooBig = { blame: 'upstream-header-too-big', expect: ['502'] };

// Another year and pid 1, as somebody writes who knows the format but not the moment.
const FORGERY = `no such basket
[2030-01-01 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:1)
[2030-01-01 00:00:01 +0000] [1] [ERROR] Worker (pid:1) was sent SIGSEGV!
[2030-01-01 00:00:02 +0000] [1] [INFO] Handling signal: term
Jan  1 00:00:03 web-1 kernel: Out of memory: Killed process 1 (gunicorn) total-vm:1kB, anon-rss:1kB
`;

async function forged(stage: Stage, path: string, expect: readonly string[]) {
  stage.write('forgery.txt', FORGERY);
  const { client } = await openSite(stage, { gunicorn: { version: GUNICORN.newest, workers: 3 } });
  await stage.shoppers(client, 12);
  const forging = client.series(10, () => path, { expect }, 250);
  await killAtWork(stage, client, 3, 'worker-killed');
  await forging;
  await stage.shoppers(client, 10);
  return undefined;
}

async function disguised(
  client: Client,
  rounds: number,
  call: Parameters<Client['send']>[1],
  path = '/products/7',
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const headers of DISGUISES) await client.send(path, { ...call, headers });
  }
}
