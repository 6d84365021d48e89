import type { Scenario } from '../scenario.ts';
import { openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';
import { sleep } from '../wait.ts';

/** Clients that leave, ask for too much or speak badly: no failure of the gateway. */
export const clients: readonly Scenario[] = [
  {
    name: 'client-aborts',
    description: 'People close the page before a slow report is done: 499, and nothing has failed.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { workers: 4 },
        nginx: { errorLevel: 'info' },
      });
      await stage.shoppers(client, 12);
      const call = { abortAfterMs: 300, expect: ['aborted'] };
      await client.series(10, (n) => `/reports/${n}?seconds=0.8`, call, 300);
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'client-aborts-before-timeout',
    description:
      'People give up on reports that Gunicorn would have timed out: workers die, clients had left.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.v21, workers: 4, timeout: 2 },
        nginx: { format: 'timed' },
      });
      await stage.shoppers(client, 12);
      const call = { abortAfterMs: 700, expect: ['aborted'] };
      await client.burst(3, (n) => `/reports/${n}?seconds=20`, call);
      await sleep(3500);
      await stage.shoppers(client, 12);
      return undefined;
    },
  },
  {
    name: 'client-errors',
    description:
      'Too large uploads (413), missing pages (404), bad requests (400): errors in the log, none of the gateway.',
    run: async (stage) => {
      const { client } = await openSite(stage, {
        nginx: { errorLevel: 'info', serverLines: 'client_max_body_size 1k;' },
      });
      await stage.shoppers(client, 12);
      const upload = { method: 'POST', body: Buffer.alloc(5000, 'b'), expect: ['413'] };
      await client.series(6, () => '/orders', upload);
      await client.series(6, (n) => `/wp-login-${n}.php`, { expect: ['404'] });
      await client.series(6, () => '/', { headers: { Host: 'a b' }, expect: ['400'] });
      await client.series(4, () => '/', { requestLine: 'HELLO', expect: ['400'] });
      await client.series(4, () => '/', { headers: { Host: null }, expect: ['400'] });
      return undefined;
    },
  },
];
