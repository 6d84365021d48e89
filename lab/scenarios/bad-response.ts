import { makeCertificate } from '../certificates.ts';
import type { Client } from '../client.ts';
import { startRawUpstream } from '../raw-upstream.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** The backend is there and answers, but not in a way that NGINX can pass on. */
export const badResponse: readonly Scenario[] = [
  {
    name: 'header-too-big',
    description: 'Profile pages set six kilobytes of cookies: more than proxy_buffer_size.',
    run: async (stage) => {
      const { client } = await openSite(stage);
      const shopping = stage.shoppers(client, 50);
      const call = { blame: 'upstream-header-too-big', expect: ['502'] };
      await client.series(12, (n) => `/profile/${6 + n}`, call, 50);
      await shopping;
      return undefined;
    },
  },
  raw({
    name: 'invalid-header',
    description: 'An upstream that is not Gunicorn writes a header line without a colon.',
    answer: ['HTTP/1.1 200 OK\r\nJust a sentence\r\nContent-Length: 2\r\n\r\nok'],
    call: { blame: 'invalid-response', expect: ['502'] },
  }),
  raw({
    name: 'invalid-chunk',
    description: 'An upstream writes a chunk size that is not a number, in the middle of its body.',
    answer: [
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000\r\n${'x'.repeat(0x2000)}\r\n`,
      'HTTP/1.1 500 Internal Server Error\r\n\r\n',
    ],
    call: { blame: 'invalid-response', expect: ['200'], mayBeCut: true },
  }),
  {
    name: 'not-http',
    description:
      'Another protocol answers on the port of the application: NGINX passes it on as HTTP/0.9.',
    run: async (stage) => {
      const address = await startRawUpstream(stage, '220 mail.example ESMTP ready\r\n');
      const nginx = await stage.nginx({ servers: [address] });
      const call = { blame: 'protocol-mismatch', expect: ['009'] };
      await stage.client(nginx).series(15, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
  ...[GUNICORN.v23, GUNICORN.newest].map(plainToTls),
  ...[GUNICORN.v23, GUNICORN.newest].map(unreadBody),
  ...[GUNICORN.v20, GUNICORN.v23].map((version) =>
    recycled(
      `keepalive-race-${version}`,
      `Gthread workers (${version}) are recycled while NGINX keeps connections to them: POSTs are lost, GETs retried.`,
      version,
    ),
  ),
  recycled(
    'keepalive-no-race-newest',
    'The same with the newest Gunicorn, which tells NGINX to close before it recycles: nothing is lost.',
    GUNICORN.newest,
  ),
];

function raw(story: {
  readonly name: string;
  readonly description: string;
  readonly answer: readonly string[];
  readonly call: Parameters<Client['send']>[1];
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const address = await startRawUpstream(stage, ...story.answer);
      const nginx = await stage.nginx({ servers: [address], format: 'timed' });
      await stage.client(nginx).series(15, (n) => `/products/${n}`, story.call);
      return undefined;
    },
  };
}

function plainToTls(version: string): Scenario {
  return {
    name: `plain-to-tls-${version}`,
    description: `proxy_pass says http, Gunicorn ${version} has a certificate and speaks only TLS.`,
    run: async (stage) => {
      const { key, cert } = makeCertificate(stage, 'app.internal');
      const { client } = await openSite(stage, {
        gunicorn: { version, args: [`--keyfile=${key}`, `--certfile=${cert}`] },
        nginx: { format: 'timed' },
      });
      const call = { blame: 'protocol-mismatch' };
      await client.series(12, (n) => `/products/${n}`, call);
      return undefined;
    },
  };
}

function unreadBody(version: string): Scenario {
  return {
    name: `body-unread-${version}`,
    description: `Uploads are refused with 413 without being read (Gunicorn ${version}); NGINX is still writing.`,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version, hasAccessLog: true },
        nginx: { serverLines: 'client_max_body_size 20m;' },
      });
      await stage.shoppers(client, 12);
      const call = {
        method: 'POST',
        body: Buffer.alloc(6 << 20, 'b'),
        blame: 'request-body-unread',
        expect: ['502', '413'],
      };
      await client.series(12, () => '/upload', call, 50);
      return undefined;
    },
  };
}

function recycled(name: string, description: string, version: string): Scenario {
  return {
    name,
    description,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: {
          version,
          workerClass: 'gthread',
          args: ['--threads=4', '--max-requests=10', '--keep-alive=5'],
        },
        nginx: {
          format: 'badgateway',
          upstreamLines: 'keepalive 16;',
          serverLines: 'proxy_http_version 1.1; proxy_set_header Connection "";',
        },
      });
      const call = { blame: 'keepalive-race', expect: ['200', '201', '502'] };
      const post = { ...call, method: 'POST', body: '{"sku": 7}' };
      const buyers = [1, 2, 3, 4].map(() => client.series(15, () => '/orders', post, 5));
      const readers = [1, 2].map(() => client.series(15, (n) => `/orders/${n}`, call, 5));
      await Promise.all([...buyers, ...readers]);
      return undefined;
    },
  };
}
