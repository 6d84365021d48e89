import type { Scenario } from '../scenario.ts';
import { newAddress, openSite } from '../site.ts';
import { GUNICORN } from '../versions.ts';

/** Requests that NGINX makes on its own account, and answers that it rewrites. */
export const subrequests: readonly Scenario[] = [
  {
    name: 'auth-request-down',
    description: 'The service behind auth_request is down: clients get a 500 from NGINX.',
    run: async (stage) => {
      const auth = await newAddress(stage, 'tcp');
      const { client } = await openSite(stage, {
        nginx: {
          format: 'timed',
          locations: `location / { proxy_pass http://app; }
            location /orders { auth_request /auth; proxy_pass http://app; }
            location = /auth { internal; proxy_pass http://${auth}; }`,
        },
      });
      await client.series(20, (n) => `/products/${n}`);
      const call = { blame: 'backend-not-listening', expect: ['500'], is500Failure: true };
      await client.series(12, (n) => `/orders/${n}`, call);
      return undefined;
    },
  },
  {
    name: 'mirror-down',
    description:
      'Traffic is mirrored to a service that is down: the log is full, no client notices.',
    run: async (stage) => {
      const mirror = await newAddress(stage, 'tcp');
      const { client } = await openSite(stage, {
        gunicorn: { version: GUNICORN.newest },
        nginx: {
          locations: `location / { mirror /mirror; proxy_pass http://app; }
            location = /mirror { internal; proxy_pass http://${mirror}$request_uri; }`,
        },
      });
      await stage.shoppers(client, 25);
      return undefined;
    },
  },
  {
    name: 'error-page-hides-502',
    description: 'error_page turns every 502 into a friendly 200: no client saw a failure.',
    run: async (stage) => {
      const nginx = await stage.nginx({
        servers: [await newAddress(stage, 'tcp')],
        format: 'timed',
        locations: `location / { proxy_pass http://app; error_page 502 =200 /sorry; }
          location = /sorry { internal; return 200 "back soon\\n"; }`,
      });
      await stage.client(nginx).series(20, (n) => `/products/${n}`);
      return undefined;
    },
  },
  {
    name: 'error-page-second-upstream',
    description: 'error_page sends failed requests to a second application, which answers well.',
    run: async (stage) => {
      const fallback = await newAddress(stage, 'tcp');
      await stage.gunicorn({ version: GUNICORN.v21, bind: fallback });
      const nginx = await stage.nginx({
        servers: [await newAddress(stage, 'tcp')],
        format: 'badgateway',
        locations: `location / { proxy_pass http://app; error_page 502 = @fallback; }
          location @fallback { proxy_pass http://${fallback}; }`,
      });
      await stage.client(nginx).series(20, (n) => `/products/${n}`);
      return undefined;
    },
  },
];
