import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** Days on which nothing fails, and nothing must be said to fail. */
export const healthy: readonly Scenario[] = [
  {
    name: 'healthy-combined',
    description: 'Ordinary traffic, everything answers 200.',
    run: async (stage) => {
      const { client } = await openSite(stage);
      await stage.shoppers(client, 60);
      return undefined;
    },
  },
  {
    name: 'healthy-max-requests',
    description:
      'Sync workers are recycled every 10 requests by --max-requests; no client notices.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.newest, args: ['--max-requests=10'], hasAccessLog: true },
        nginx: { format: 'badgateway' },
      });
      await stage.shoppers(client, 70);
      return undefined;
    },
  },
  {
    name: 'healthy-reload',
    description: 'HUP with a healthy application in the middle of traffic; no client notices.',
    run: async (stage) => {
      const { client, gunicorn } = await openSite(stage, { gunicorn: { version: GUNICORN.v20 } });
      const traffic = stage.shoppers(client, 60, 30);
      await stage.shoppers(client, 12);
      gunicorn.running.signal('SIGHUP');
      await traffic;
      return undefined;
    },
  },
];
