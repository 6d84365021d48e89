import { join } from 'node:path';
import { needNamespaces } from '../needs.ts';
import type { NginxOptions } from '../nginx-config.ts';
import type { Scenario } from '../scenario.ts';

/** The application is on another host, and the way there is broken. */
export const network: readonly Scenario[] = [
  unreachable({
    name: 'unreachable-dropped',
    description:
      'Something on the way drops every packet: NGINX gives up connecting after its own timer.',
    // A route through loopback to an address that is not ours: the kernel swallows the packets.
    prepare: 'ip link set lo up && ip route add 10.88.0.0/24 dev lo',
    status: '504',
    nginx: { serverLines: 'proxy_connect_timeout 1s;', format: 'timed' },
  }),
  unreachable({
    name: 'unreachable-kernel-gives-up',
    description: 'The same, but the kernel gives up before NGINX does: 502 instead of 504.',
    prepare:
      'ip link set lo up && ip route add 10.88.0.0/24 dev lo && echo 0 > /proc/sys/net/ipv4/tcp_syn_retries; echo 1 > /proc/sys/net/ipv4/tcp_syn_retries',
    status: '502',
    nginx: { format: 'timed' },
  }),
  unreachable({
    name: 'unreachable-no-host',
    description: 'The host of the application is switched off: nobody answers ARP.',
    prepare:
      'ip link set lo up && ip link add here type veth peer name there && ip addr add 10.88.0.1/24 dev here && ip link set here up && ip link set there up',
    status: '502',
    nginx: {},
  }),
  unreachable({
    name: 'unreachable-no-route',
    description: 'NGINX has no route to the network of the application.',
    prepare: 'ip link set lo up',
    status: '502',
    nginx: { format: 'badgateway' },
  }),
];

function unreachable(story: {
  readonly name: string;
  readonly description: string;
  readonly prepare: string;
  readonly status: string;
  readonly nginx: NginxOptions;
}): Scenario {
  return {
    name: story.name,
    description: story.description,
    run: async (stage) => {
      needNamespaces();
      const nginx = await stage.nginx({
        servers: ['10.88.0.7:8000'],
        listen: `unix:${join(stage.work, 'nginx.sock')}`,
        unshare: { flags: '-n', prepare: story.prepare },
        ...story.nginx,
      });
      const call = { blame: 'upstream-unreachable', expect: [story.status] };
      await stage.client(nginx).steady(20, 50, (n) => `/products/${n}`, call);
      return undefined;
    },
  };
}
