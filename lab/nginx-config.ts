import { join } from 'node:path';
import { FORMATS, type FormatName } from './formats.ts';

/** What a scenario may say about its NGINX; everything else is as Debian ships it. */
export type NginxOptions = {
  /** Names the subdirectory of logs in scenarios with several hosts. */
  readonly host?: string;
  /** `server` lines of the upstream "app", such as "127.0.0.1:8000 max_fails=0". */
  readonly servers?: readonly string[];
  /** Further lines inside the upstream block, such as "keepalive 8;". */
  readonly upstreamLines?: string;
  readonly format?: FormatName;
  /** Replaces `location / { proxy_pass http://app; }`. */
  readonly locations?: string;
  readonly serverLines?: string;
  readonly httpLines?: string;
  readonly mainLines?: string;
  readonly errorLevel?: string;
  /** Replaces the default `access_log FILE FORMAT;`, `error_log FILE LEVEL;` for other destinations. */
  readonly accessLog?: string;
  readonly errorLog?: string;
  /** Replaces the free loopback port, such as "unix:/tmp/nginx.sock". */
  readonly listen?: string;
  /** HTTP/2 without TLS. */
  readonly isHttp2?: boolean;
  readonly workerProcesses?: number;
  readonly workerConnections?: number;
  /** Time zone of this host, such as "America/New_York". */
  readonly timeZone?: string;
  /** A shell command that must succeed before NGINX starts, inside namespaces of its own. */
  readonly unshare?: { readonly flags: string; readonly prepare: string };
  /** Debian's www-data by default, `root` or `nobody` where permissions matter. */
  readonly user?: string;
};

/** Where one NGINX keeps its things. */
export type NginxPlaces = {
  readonly prefix: string;
  readonly logs: string;
  readonly listen: string;
};

/** The whole nginx.conf. */
export function renderNginxConfig(options: NginxOptions, places: NginxPlaces): string {
  const format = options.format ?? 'combined';
  const access = options.accessLog ?? `${join(places.logs, 'access.log')} ${format}`;
  const error =
    options.errorLog ?? `${join(places.logs, 'error.log')} ${options.errorLevel ?? 'error'}`;
  return `daemon off;
user ${options.user ?? 'nobody nogroup'};
worker_processes ${options.workerProcesses ?? 1};
pid ${join(places.prefix, 'nginx.pid')};
error_log ${error};
${options.mainLines ?? ''}
events { worker_connections ${options.workerConnections ?? 512}; }
http {
${tempPaths(places.prefix)}
  ${FORMATS[format].define}
  access_log ${access};
  set_real_ip_from 127.0.0.0/8;
  set_real_ip_from unix:;
  real_ip_header X-Forwarded-For;
  add_header X-Tries $upstream_status always;
  ${options.httpLines ?? ''}
  ${upstream(options)}
  server {
    listen ${places.listen}${options.isHttp2 ? ' http2' : ''};
    server_name shop.example;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    ${options.serverLines ?? ''}
    ${options.locations ?? 'location / { proxy_pass http://app; }'}
  }
}
`;
}

function upstream(options: NginxOptions): string {
  if (!options.servers) return '';
  const servers = options.servers.map((server) => `server ${server};`).join(' ');
  return `upstream app { ${servers} ${options.upstreamLines ?? ''} }`;
}

function tempPaths(prefix: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${join(prefix, `${kind}_temp`)};`)
    .join('\n');
}
