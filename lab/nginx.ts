import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './exchange.ts';
import { LabError } from './lab-error.ts';
import { type NginxOptions, renderNginxConfig } from './nginx-config.ts';
import { freePort } from './ports.ts';
import { launch, type Running } from './processes.ts';
import { until } from './wait.ts';

/** One running NGINX. */
export type Nginx = {
  readonly target: Target;
  readonly running: Running;
  /** Folder of its configuration and temporary files. */
  readonly prefix: string;
};

/** Writes the configuration and starts NGINX on a free loopback port; returns once it accepts connections. */
export async function startNginx(
  options: NginxOptions,
  prefix: string,
  logs: string,
): Promise<Nginx> {
  const port = await freePort();
  const listen = options.listen ?? `127.0.0.1:${port}`;
  mkdirSync(prefix, { recursive: true });
  mkdirSync(logs, { recursive: true });
  const config = join(prefix, 'nginx.conf');
  const output = join(prefix, 'nginx.out');
  writeFileSync(config, renderNginxConfig(options, { prefix, logs, listen }));
  // Not the real error log: NGINX would write to it beside a syslog server.
  const args = ['-p', prefix, '-e', join(prefix, 'startup.log'), '-c', config];
  const running = launch({
    ...commandFor(options, args),
    cwd: prefix,
    env: { TZ: options.timeZone ?? 'UTC' },
    outputFile: output,
  });
  await until('NGINX to start', () => {
    if (!running.isAlive()) throw new LabError(`nginx did not start: ${readFileSync(output)}`);
    return existsSync(join(prefix, 'nginx.pid'));
  });
  const socket = /^unix:(\S+)/.exec(listen)?.[1];
  return { target: socket ? { path: socket } : { port }, running, prefix };
}

function commandFor(options: NginxOptions, args: readonly string[]) {
  if (!options.unshare) return { command: 'nginx', args };
  const script = `${options.unshare.prepare} && exec nginx "$@"`;
  return {
    command: 'unshare',
    args: [options.unshare.flags, 'sh', '-c', script, 'nginx', ...args],
  };
}
