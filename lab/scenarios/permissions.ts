import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { needRoot } from '../needs.ts';
import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** NGINX may not use the socket that Gunicorn made. */
export const permissions: readonly Scenario[] = [
  {
    name: 'socket-mode',
    description: 'Gunicorn makes its socket with umask 077: the user of NGINX may not write to it.',
    run: async (stage) => {
      needRoot();
      const { client } = await openSite(stage, {
        isUnix: true,
        gunicorn: { args: ['--umask=077'] },
      });
      await client.series(15, (n) => `/products/${n}`, denied);
      return undefined;
    },
  },
  {
    name: 'socket-directory',
    description: 'The socket lies in a folder that the user of NGINX may not enter.',
    run: async (stage) => {
      needRoot();
      const folder = join(stage.work, 'private');
      mkdirSync(folder);
      const bind = `unix:${join(folder, 'gunicorn.sock')}`;
      await stage.gunicorn({ version: GUNICORN.newest, bind });
      chmodSync(folder, 0o700);
      const nginx = await stage.nginx({ servers: [bind], format: 'badgateway' });
      await stage.client(nginx).series(15, (n) => `/products/${n}`, denied);
      return undefined;
    },
  },
];

const denied = { blame: 'socket-permission', expect: ['502'] };
