/** NGINX does not know where the backend's name leads. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  dnsWord,
  nginxSettings,
  PROXY_TARGETS,
  portWord,
  RELOAD_NGINX,
} from '../commands.ts';
import { endpoint, keepEnd, place } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** A lookup while serving failed. */
export const dnsFailed = defineCause({
  id: 'dns-failed',
  family: 'names',
  severity: 'high',
  title: (context) => `NGINX could not find the address of ${nameWords(context, 'the backend')}`,
  meaning:
    'NGINX looks the name up while it serves and got an error or no answer from its name server. The number in the line is an answer code of DNS, not an error number: 2 the name server failed, 3 the name does not exist, 5 it refused, 110 it did not answer.',
  primary:
    '`… could not be resolved (3: Host not found)`, or (2: Server failure), (5: Operation refused), (110: Operation timed out)',
  corroboration:
    '`recv() failed (111: Connection refused) while resolving, resolver: …`: the name server itself is down.',
  toConfirm: 'Ask the same name server from the NGINX host: `dig @RESOLVER NAME`.',
  steps: (context) => [
    {
      title: 'Ask the name server that NGINX asks',
      why: `NGINX uses only its resolver line: neither /etc/hosts nor the search domains of /etc/resolv.conf, so the name must be complete.${strangerNote(context)}`,
      commands: [
        'sudo nginx -T 2>/dev/null | grep -n -w resolver',
        `dig @RESOLVER ${dnsWord(context)}`,
        `getent ahosts ${dnsWord(context)}`,
      ],
      verify: [askNginx(context)],
    },
    {
      title: 'Point NGINX to name servers that work',
      why: 'Typical addresses: 127.0.0.53 (systemd-resolved), 127.0.0.11 (Docker), 169.254.169.253 (AWS), the cluster DNS service in Kubernetes. With two, one may fail.',
      commands: [
        'grep nameserver /etc/resolv.conf',
        ...nginxSettings('in http', ['resolver RESOLVER valid=30s;', 'resolver_timeout 5s;']),
        RELOAD_NGINX,
      ],
      verify: [`dig +short @RESOLVER ${dnsWord(context)}`, askNginx(context)],
    },
    {
      title: 'Do without lookups where the address never changes',
      why: 'An address or a unix socket in proxy_pass needs no name server. A name without variables is looked up only at start and reload.',
      commands: [PROXY_TARGETS],
      verify: [],
    },
  ],
  docs: [LINKS.resolver],
});

/** NGINX has nobody to ask. */
export const dnsNotConfigured = defineCause({
  id: 'dns-not-configured',
  family: 'names',
  severity: 'critical',
  title: (context) => `NGINX has no way to look up ${nameWords(context, "the backend's name")}`,
  meaning:
    'A name in the configuration has to be looked up, and there is no `resolver` line for it; or the name did not exist when NGINX read its configuration (`host not found in upstream`). In the second case NGINX does not start, or goes on with its old configuration.',
  primary:
    '`no resolver defined to resolve …`; `[emerg] host not found in upstream "…"` at start or reload',
  corroboration:
    'A reload shortly before, with `[emerg]` lines; the old NGINX workers go on serving.',
  toConfirm: 'Run `sudo nginx -t` on the host.',
  steps: (context) => [
    {
      title: 'Tell NGINX which name server to ask',
      why: 'A name that comes from a variable is looked up while serving, and only a resolver line allows that; /etc/resolv.conf does not count.',
      commands: [
        'grep nameserver /etc/resolv.conf',
        ...nginxSettings('in http', ['resolver RESOLVER valid=30s;']),
        RELOAD_NGINX,
      ],
      verify: [askNginx(context)],
    },
    {
      title: 'If it says "host not found in upstream", make the name known first',
      why: 'NGINX reads fixed names once, at its start: in containers start the backend first; on a host let NGINX wait for the network.',
      commands: [
        `getent ahosts ${dnsWord(context)}`,
        'sudo systemctl edit nginx.service',
        '# in the editor that opens:',
        '[Unit]',
        'After=network-online.target nss-lookup.target',
        'Wants=network-online.target',
      ],
      verify: ['sudo nginx -t'],
    },
  ],
  docs: [LINKS.resolver, LINKS.upstreamServer],
});

/** The name has moved on, NGINX has not. */
export const staleDns = defineCause({
  id: 'stale-dns',
  family: 'names',
  severity: 'high',
  title: (context) =>
    `NGINX still uses ${place(context, 'an old address')}, but the backend has moved`,
  meaning:
    'NGINX looks up fixed names once, at start and reload. The backend (a container, a pod, a load balancer) has another address since, and requests go to the old one; no DNS line appears anywhere.',
  primary:
    '`connect() failed (111: …)`, `(113: …)` or `upstream timed out … while connecting to upstream` to an address that the name does not have any more',
  corroboration:
    'The backend was created anew shortly before; `getent ahosts NAME` shows another address than the error line.',
  toConfirm: 'Compare the address in the error line with `getent ahosts NAME` on the NGINX host.',
  steps: (context) => [
    {
      title: 'Reload NGINX, which looks all names up again',
      why: 'A reload loses no request.',
      commands: [RELOAD_NGINX],
      verify: [`getent ahosts ${dnsWord(context)}`, askNginx(context)],
    },
    lookUpAgain(context),
    {
      title: 'Or give the backend an address that stays',
      why: 'A service address of the cluster, an internal load balancer by name with the step before, or a fixed address for the container.',
      commands: [PROXY_TARGETS],
      verify: [],
    },
  ],
  docs: [LINKS.upstreamServer, LINKS.resolver],
});

function lookUpAgain(context: FixContext): Fix {
  const server = `${dnsWord(context)}:${portWord(endpoint(context))}`;
  return {
    title: 'Let NGINX look the name up again by itself',
    why: 'The resolve parameter is in open-source NGINX since 1.27.3 and needs the zone line. Before that, put the name into a variable (set $backend …; proxy_pass http://$backend;), which with a resolver is looked up while serving.',
    commands: [
      ...nginxSettings('in http', ['resolver RESOLVER valid=10s;']),
      ...nginxSettings('in the upstream block', ['zone backend 64k;', `server ${server} resolve;`]),
      RELOAD_NGINX,
    ],
    verify: [askNginx(context)],
  };
}

function nameWords(context: FixContext, otherwise: string): string {
  return context.dnsName === null ? otherwise : keepEnd(context.dnsName, 48);
}

function strangerNote(context: FixContext): string {
  return context.dnsName === null
    ? ''
    : ' If you do not know this name, a client made it up: then proxy_pass uses $host or an argument, and should not.';
}
