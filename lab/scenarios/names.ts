import { RCODES, startDns } from '../dns-server.ts';
import { freePort } from '../ports.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const BY_NAME = 'location / { set $backend app.internal; proxy_pass http://$backend:8000; }';

/** NGINX cannot find out where the application is. */
export const names: readonly Scenario[] = [
  ...(['nxdomain', 'servfail', 'silent'] as const).map(
    (answer): Scenario => ({
      name: `dns-${answer}`,
      description: `The resolver ${answer === 'silent' ? 'does not answer' : `answers with code ${RCODES[answer]}`}: NGINX cannot resolve app.internal.`,
      run: async (stage) => resolve(stage, await startDns(stage, answer)),
    }),
  ),
  {
    name: 'dns-refused',
    description: 'Nobody listens at the address of the resolver.',
    run: async (stage) => resolve(stage, `127.0.0.1:${await freePort()}`),
  },
  {
    name: 'dns-not-configured',
    description: 'proxy_pass has a variable, but no resolver is configured.',
    run: async (stage) => {
      const nginx = await stage.nginx({ locations: BY_NAME, format: 'timed' });
      const call = { blame: 'dns-not-configured', expect: ['502'] };
      await stage.client(nginx).series(15, (n) => `/products/${n}`, call);
      return undefined;
    },
  },
];

async function resolve(stage: Stage, resolver: string): Promise<undefined> {
  const nginx = await stage.nginx({
    locations: BY_NAME,
    serverLines: `resolver ${resolver} ipv6=off valid=1s; resolver_timeout 1s;`,
  });
  const call = { blame: 'dns-failed', expect: ['502'] };
  await stage.client(nginx).steady(15, 40, (n) => `/products/${n}`, call);
}
