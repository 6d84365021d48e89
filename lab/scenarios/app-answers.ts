import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** The application itself answers with an error. */
export const appAnswers: readonly Scenario[] = [
  {
    name: 'app-says-502-and-504',
    description:
      'The application passes on the 502 and 504 of a service it depends on; NGINX logs no error.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { hasAccessLog: true },
        nginx: { format: 'timed' },
      });
      await stage.shoppers(client, 18);
      const call = { blame: 'upstream-returned-5xx' };
      await client.series(8, () => '/status/502', { ...call, expect: ['502'] });
      await client.series(5, () => '/status/504', { ...call, expect: ['504'] });
      return undefined;
    },
  },
  {
    name: 'app-says-502-combined',
    description: "The same seen through the combined format and Gunicorn's access log.",
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.newest, hasAccessLog: true },
      });
      await stage.shoppers(client, 18);
      const call = { blame: 'upstream-returned-5xx', expect: ['502'] };
      await client.series(8, () => '/status/502', call);
      return undefined;
    },
  },
  {
    name: 'app-errors',
    description:
      'Exceptions (500) and maintenance (503): bugs of the application, not of the gateway.',
    run: async (stage) => {
      const { client } = await openSite(stage, { nginx: { format: 'json' } });
      await stage.shoppers(client, 12);
      await client.series(8, () => '/broken', { expect: ['500'] });
      await client.series(8, () => '/status/503', { expect: ['503'] });
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'app-errors-during-timeouts',
    description:
      'Exceptions (500) among worker timeouts (500 too, Gunicorn 23): only the latter fail the gateway.',
    run: async (stage) => {
      const { client } = await openSite(stage, { gunicorn: { timeout: 2, workers: 4 } });
      const timeouts = { blame: 'worker-timeout', is500Failure: true, expect: ['500'] };
      const slow = client.series(2, (n) => `/reports/${n}?seconds=20`, timeouts, 400);
      await client.series(20, (n) => `/broken/${n}`, { expect: ['500'] }, 250);
      await slow;
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'sysexit-sync-23.0.0',
    description:
      'sys.exit(7) in a view of Gunicorn 23 is caught and answered with 500; the worker lives.',
    run: async (stage) => {
      const { client } = await openSite(stage);
      await stage.shoppers(client, 12);
      await client.series(6, () => '/sysexit?code=7', { expect: ['500'] });
      return undefined;
    },
  },
];
