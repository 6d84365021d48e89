import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { startSyslog } from '../syslog-receiver.ts';
import { runTool } from '../tool.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';
import { killAtWork } from './deaths.ts';

/** The same stories, told through other formats, zones and carriers. */
export const transports: readonly Scenario[] = [
  {
    name: 'zone-new-york',
    description:
      'NGINX writes local time of New York, Gunicorn UTC; the error log does not say its zone.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.v21, timeout: 2, workers: 3 },
        nginx: { timeZone: 'America/New_York' },
      });
      const call = { blame: 'worker-timeout', expect: ['502'] };
      const slow = client.series(3, (n) => `/reports/${n}?seconds=20`, call);
      await stage.shoppers(client, 40, 60);
      await slow;
      return { confidence: { 'worker-timeout': 'confirmed' } };
    },
  },
  {
    name: 'zone-told',
    description:
      'Only the error log, in New York time, and the log of Gunicorn: --tz says the zone.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { workers: 3 },
        nginx: { timeZone: 'America/New_York' },
      });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 3, 'worker-killed');
      return { inputs: ['error.log', 'gunicorn.log'], args: ['--tz', 'America/New_York'] };
    },
  },
  {
    name: 'format-terse',
    description: 'An access log format of their own: milliseconds, status, method, host, path.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { format: 'terse' } });
      await stage.shoppers(client, 12);
      const call = { blame: 'upstream-header-too-big', expect: ['502'] };
      await client.series(10, (n) => `/profile/${n + 5}`, call);
      return undefined;
    },
  },
  ...[true, false].map(
    (keepsPriority): Scenario => ({
      name: keepsPriority ? 'syslog-as-sent' : 'syslog-as-written',
      description: `NGINX sends both logs by syslog; the lines are kept ${keepsPriority ? 'with their priority, as sent' : 'as rsyslog writes them'}.`,
      run: async (stage) => {
        const access = await startSyslog(stage, 'access.log', keepsPriority);
        const error = await startSyslog(stage, 'error.log', keepsPriority);
        const nginx = await stage.nginx({
          servers: [await newAddress(stage, 'tcp')],
          accessLog: `syslog:server=${access},tag=nginx combined`,
          errorLog: `syslog:server=${error} error`,
        });
        const call = { blame: 'backend-not-listening', expect: ['502'] };
        await stage.client(nginx).series(15, (n) => `/products/${n}`, call);
        return undefined;
      },
    }),
  ),
  {
    name: 'gunicorn-syslog',
    description: 'Gunicorn logs by syslog, without levels; workers are killed.',
    run: async (stage) => {
      const server = await startSyslog(stage, 'gunicorn-syslog.log', false);
      const { client } = await openSite(stage, {
        gunicorn: { workers: 3, args: ['--log-syslog', `--log-syslog-to=udp://${server}`] },
      });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 3, 'worker-killed');
      return { inputs: ['access.log', 'error.log', 'gunicorn-syslog.log'] };
    },
  },
  {
    name: 'gunicorn-json',
    description:
      'Gunicorn logs JSON lines (python-json-logger); a sync worker of version 23 times out.',
    run: async (stage) => {
      const config = join(stage.shop, 'logging.json');
      writeFileSync(config, JSON.stringify(JSON_LOGGING));
      const { client } = await openSite(stage, {
        gunicorn: { timeout: 2, workers: 3, args: [`--log-config-json=${config}`] },
      });
      const call = { blame: 'worker-timeout', expect: ['500'], is500Failure: true };
      const slow = client.series(3, (n) => `/reports/${n}?seconds=20`, call);
      await stage.shoppers(client, 40, 60);
      await slow;
      return undefined;
    },
  },
  {
    name: 'rotated-logs',
    description: 'logrotate compressed the access log in the middle of the incident.',
    run: async (stage) => {
      const { client, nginx } = await openSite(stage, { gunicorn: { workers: 3 } });
      await stage.shoppers(client, 12);
      await killAtWork(stage, client, 2, 'worker-killed');
      const log = join(stage.logs, 'access.log');
      renameSync(log, `${log}.1`);
      nginx.running.signal('SIGUSR1');
      await sleep(300);
      runTool('gzip', ['-n', `${log}.1`]);
      await killAtWork(stage, client, 2, 'worker-killed');
      await stage.shoppers(client, 12);
      return { inputs: ['access.log.1.gz', 'access.log', 'error.log', 'gunicorn.log'] };
    },
  },
];

const JSON_LOGGING = {
  version: 1,
  disable_existing_loggers: false,
  formatters: {
    json: {
      class: 'pythonjsonlogger.json.JsonFormatter',
      format: '%(asctime)s %(process)d %(levelname)s %(name)s %(message)s',
      datefmt: '%Y-%m-%dT%H:%M:%S%z',
    },
  },
  handlers: { console: { class: 'logging.StreamHandler', formatter: 'json' } },
  root: { level: 'INFO', handlers: ['console'] },
  loggers: {
    'gunicorn.error': { level: 'INFO', handlers: ['console'], propagate: false },
    'gunicorn.access': { level: 'INFO', handlers: ['console'], propagate: false },
  },
};
