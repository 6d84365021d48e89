import { makeCertificate } from '../certificates.ts';
import type { GunicornOptions } from '../gunicorn.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import type { Stage } from '../stage.ts';
import { GUNICORN } from '../versions.ts';

const HTTPS = 'location / { proxy_pass https://app; }';

/** Encryption where none is, none where it should be, or with the wrong papers. */
export const tls: readonly Scenario[] = [
  plainBackend({
    name: 'tls-to-plain-sync-21.2.0',
    description:
      'proxy_pass says https, a sync worker of Gunicorn 21.2 speaks http until it times out.',
    gunicorn: { version: GUNICORN.v21, timeout: 2 },
    statuses: ['502'],
  }),
  plainBackend({
    name: 'tls-to-plain-sync-23.0.0',
    description:
      'proxy_pass says https; Gunicorn 23 answers the handshake with a 500 page when it times out.',
    gunicorn: { timeout: 2 },
    statuses: ['502'],
  }),
  plainBackend({
    name: 'tls-to-plain-gthread',
    description:
      'proxy_pass says https; a gthread worker waits for the end of a line that seldom comes.',
    gunicorn: { workerClass: 'gthread', args: ['--threads=8'] },
    // The random bytes of a handshake may happen to end a line: then it is refused at once.
    statuses: ['502', '504'],
  }),
  plainBackend({
    name: 'tls-to-plain-newest',
    description:
      'The newest Gunicorn refuses a handshake at once if its random bytes contain a line feed.',
    gunicorn: { version: GUNICORN.newest, workerClass: 'gthread', args: ['--threads=8'] },
    statuses: ['502', '504'],
  }),
  {
    name: 'tls-verify-failed',
    description: 'proxy_ssl_verify is on and the certificate of Gunicorn is signed by itself.',
    run: async (stage) => {
      const lines = 'proxy_ssl_verify on; proxy_ssl_name app.internal;';
      return handshakes(stage, `${lines} proxy_ssl_trusted_certificate ${other(stage)};`);
    },
  },
  {
    name: 'tls-name-mismatch',
    description: 'The certificate of Gunicorn is trusted, but made out to another name.',
    run: async (stage) => {
      const lines = 'proxy_ssl_verify on; proxy_ssl_name shop.internal;';
      return handshakes(
        stage,
        `${lines} proxy_ssl_trusted_certificate ${stage.work}/app.internal.crt;`,
      );
    },
  },
  {
    name: 'tls-client-certificate-missing',
    description: 'Gunicorn demands a client certificate that NGINX does not have.',
    run: async (stage) => handshakes(stage, 'proxy_ssl_protocols TLSv1.2;', ['--cert-reqs=2']),
  },
];

const other = (stage: Stage): string => makeCertificate(stage, 'other.internal').cert;

function plainBackend(story: {
  readonly name: string;
  readonly description: string;
  readonly gunicorn: Partial<GunicornOptions>;
  readonly statuses: readonly string[];
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { workers: 4, ...story.gunicorn },
        nginx: {
          format: 'timed',
          locations: HTTPS,
          serverLines: `proxy_connect_timeout ${story.statuses.includes('504') ? '1s' : '60s'};`,
        },
      });
      const call = { blame: 'tls-to-plain-backend', expect: story.statuses };
      await client.burst(4, (n) => `/products/${n}`, call);
      await client.burst(4, (n) => `/orders/${n}`, call);
      return undefined;
    },
  };
}

async function handshakes(stage: Stage, serverLines: string, more: readonly string[] = []) {
  const { key, cert } = makeCertificate(stage, 'app.internal');
  const { client } = await openSite(stage, {
    gunicorn: { args: [`--keyfile=${key}`, `--certfile=${cert}`, `--ca-certs=${cert}`, ...more] },
    nginx: { locations: HTTPS, serverLines },
  });
  const call = { blame: 'tls-handshake-failed', expect: ['502'] };
  await client.series(12, (n) => `/products/${n}`, call);
  return undefined;
}
