import { join } from 'node:path';
import type { Client } from './client.ts';
import type { Gunicorn, GunicornOptions } from './gunicorn.ts';
import type { Nginx } from './nginx.ts';
import type { NginxOptions } from './nginx-config.ts';
import { freePort } from './ports.ts';
import type { Stage } from './stage.ts';
import { GUNICORN } from './versions.ts';

/** What differs from a plain site: Gunicorn 23 sync with two workers on TCP behind NGINX. */
export type SiteOptions = {
  readonly gunicorn?: Partial<GunicornOptions>;
  readonly nginx?: NginxOptions;
  readonly isUnix?: boolean;
  readonly host?: string;
};

/** One NGINX in front of one Gunicorn, and a client. */
export type Site = {
  readonly client: Client;
  readonly nginx: Nginx;
  readonly gunicorn: Gunicorn;
  /** As `proxy_pass` and `--bind` write it: "127.0.0.1:8000" or "unix:/run/gunicorn.sock". */
  readonly address: string;
};

/** Opens a site for visitors. */
export async function openSite(stage: Stage, options: SiteOptions = {}): Promise<Site> {
  const address = await newAddress(stage, options.isUnix ? 'unix' : 'tcp', options.host);
  const host = options.host === undefined ? {} : { host: options.host };
  const gunicorn = await stage.gunicorn({
    version: GUNICORN.v23,
    bind: address,
    ...host,
    ...options.gunicorn,
  });
  const nginx = await stage.nginx({ servers: [address], ...host, ...options.nginx });
  return { client: stage.client(nginx), nginx, gunicorn, address };
}

/** An address on which nobody listens yet. */
export async function newAddress(
  stage: Stage,
  kind: 'tcp' | 'unix',
  host = 'gunicorn',
): Promise<string> {
  return kind === 'unix'
    ? `unix:${join(stage.work, `${host}.sock`)}`
    : `127.0.0.1:${await freePort()}`;
}
