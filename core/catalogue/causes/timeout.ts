/** NGINX stopped waiting. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askGunicorn,
  askNginx,
  askRoute,
  gunicornSetting,
  nginxSettings,
  portWord,
  RELOAD_NGINX,
  requestPath,
  showListener,
  systemctl,
} from '../commands.ts';
import { type Endpoint, isLocal } from '../endpoint.ts';
import { endpoint, onlyRoute, place, wholeSeconds, workerKind } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';
import { shellQuote } from '../shell.ts';

/** The application answers later than NGINX waits. */
export const upstreamReadTimeout = defineCause({
  id: 'upstream-read-timeout',
  family: 'timeout',
  severity: 'medium',
  title: (context) =>
    `${onlyRoute(context, 'The application')} takes longer than NGINX waits${limitWords(context)}`,
  meaning:
    'NGINX waited for `proxy_read_timeout` (60 s unless set) and answered 504. Gunicorn often logs nothing: gthread and async workers are never killed for one slow request and go on working on it. Timed out `while sending request` is the same with an application that does not read the body.',
  primary:
    '`upstream timed out (110: Connection timed out) while reading response header from upstream`, on the same routes, after the same time; or `while sending request to upstream`',
  corroboration:
    'Nothing in the Gunicorn log, or slow-query lines of the application. Since Gunicorn 22 a worker that hangs while importing the application is never killed either: then every route times out from the start on.',
  toConfirm:
    'Log `$upstream_connect_time` and `$upstream_response_time`: connected at once and cut at the same limit each time means a slow application.',
  steps: (context) => [
    waitLonger(context),
    {
      title: 'Find where the time goes',
      why: 'py-spy (pip install py-spy) prints the line a worker is on, without stopping it: run it while a request hangs. If every route hangs since a start, the worker may still be importing the application.',
      commands: ['pgrep -af gunicorn', 'sudo py-spy dump --pid PID'],
      verify: [],
    },
    {
      title: `Take the slow work out of ${onlyRoute(context, 'the request')}`,
      why: 'Put it into a background job and answer at once, add the missing index or cache, and give every remote call and query a timeout below that of Gunicorn: then the application can say what was slow.',
      commands: [],
      verify: [askRoute(context)],
    },
    orderTimeouts(context),
  ],
  docs: [LINKS.proxyReadTimeout, LINKS.timeout],
});

/** The backend's host or network does not answer. */
export const upstreamUnreachable = defineCause({
  id: 'upstream-unreachable',
  family: 'timeout',
  severity: 'high',
  title: (context) => {
    const found = endpoint(context);
    return found !== null && isLocal(found)
      ? `Connections from NGINX to ${place(context, 'the backend')} get no answer`
      : `NGINX cannot reach ${place(context, 'the backend')} over the network`;
  },
  meaning:
    'Connection attempts got no answer or no route: the host is down or has another address, or a firewall drops the packets. It is the network or the host, not the application.',
  primary:
    '`upstream timed out (110: Connection timed out) while connecting to upstream` (504), `connect() failed (110: …)`, `connect() failed (113: No route to host)`, `connect() to … failed (101: Network is unreachable)` (502)',
  corroboration:
    'Gunicorn sees nothing. Routes, firewall rules or security groups changed, `nf_conntrack: table full, dropping packet` in the kernel log, or an IPv6 address on a host without IPv6.',
  toConfirm:
    "Give both hosts' kernel logs (`--system`). From the NGINX host `nc -vz HOST PORT` tells a dropped packet (silence) from a refused one (an answer).",
  steps: (context) => {
    const found = endpoint(context);
    const isHere = found !== null && isLocal(found);
    return [
      reach(context),
      ...(isHere ? [] : [takeOut(context)]),
      findDrops(context),
      ...(isHere ? [] : [failFaster(context)]),
    ];
  },
  docs: [LINKS.proxyConnectTimeout, LINKS.upstreamServer],
});

/** A response had begun and then nothing more came. */
export const responseStreamTimeout = defineCause({
  id: 'response-stream-timeout',
  family: 'timeout',
  severity: 'medium',
  title: (context) =>
    `Responses paused in the middle for longer than NGINX waits${limitWords(context)}`,
  meaning:
    'The answer had begun, and then no byte came for `proxy_read_timeout`, so NGINX cut it. The access log shows the status that was already sent (mostly 200), while the client got a broken response. Typical for event streams and long downloads.',
  primary:
    '`upstream timed out (110: Connection timed out) while reading upstream`, with status 200',
  corroboration:
    'The route streams (server-sent events, exports); nothing in the Gunicorn log unless the worker was killed.',
  toConfirm:
    'Give the Gunicorn log: without a `WORKER TIMEOUT` at that time the application just paused.',
  steps: (context) => [
    {
      title: 'Let NGINX wait longer on the routes that stream',
      why: 'The limit counts from one read to the next, not for the whole response. Set it only where streams are, since it also keeps dead connections open.',
      commands: [
        ...nginxSettings('in the location of the stream', [
          'proxy_read_timeout 1h;',
          'proxy_buffering off;',
        ]),
        RELOAD_NGINX,
      ],
      verify: [streamed(context)],
    },
    {
      title: 'Send something while there is nothing to send',
      why: 'A comment line (": ping" and an empty line) every 15 s keeps an event stream alive through NGINX and every other proxy on the way, and shows when the client has gone.',
      commands: [],
      verify: [streamed(context)],
    },
    {
      title: 'Do not stream from sync workers',
      why: 'Each open stream occupies a sync worker, and Gunicorn kills that worker after --timeout even while data flows. Use gthread for a few streams, an async worker for many.',
      commands: [
        ...gunicornSetting('worker_class', '"gthread"', '--worker-class gthread --threads 8'),
        'threads = 8',
        systemctl(context, 'restart'),
      ],
      verify: [],
    },
  ],
  docs: [LINKS.proxyReadTimeout],
});

function limitWords(context: FixContext): string {
  const limit = context.proxyReadTimeoutSeconds;
  return limit === null ? '' : ` (${wholeSeconds(limit, 60)} s)`;
}

function waitLonger(context: FixContext): Fix {
  const limit = wholeSeconds(context.proxyReadTimeoutSeconds, 60);
  const longer = limit <= 120 ? 2 * limit : limit + 60;
  const kind = workerKind(context);
  const isNginxAlone = kind === 'gthread' || kind === 'loop';
  const gunicorn = gunicornSetting('timeout', String(longer), `--timeout ${longer}`);
  return {
    title: `Let NGINX wait longer for ${onlyRoute(context, 'the slow routes')}`,
    why: isNginxAlone
      ? `Only NGINX sets the limit here: Gunicorn does not kill a ${context.workerClass} worker for one slow request. It buys time, at the price of more requests in flight.`
      : 'Change both sides: a sync worker is killed after --timeout (30 s unless set), which must stay a little below proxy_read_timeout. It buys time, at the price of workers that are busy longer.',
    commands: [
      ...nginxSettings('in the location of the slow route', [
        `proxy_read_timeout ${longer + 10}s;`,
      ]),
      ...(isNginxAlone ? [] : [...gunicorn, systemctl(context, 'restart')]),
      RELOAD_NGINX,
    ],
    verify: [askRoute(context)],
  };
}

function orderTimeouts(context: FixContext): Fix {
  return {
    title: 'Order the limits: application, then Gunicorn, then NGINX',
    why: 'Each should give up a little before the next one: queries and remote calls first, then --timeout of Gunicorn, then proxy_read_timeout. With NGINX first, Gunicorn goes on working for a client that has its 504 already.',
    commands: [
      'sudo nginx -T 2>/dev/null | grep -n -e proxy_read_timeout -e proxy_send_timeout',
      systemctl(context, 'cat'),
    ],
    verify: [],
  };
}

function reach(context: FixContext): Fix {
  const found = endpoint(context);
  const host = hostOf(found);
  if (found !== null && isLocal(found)) {
    return {
      title: 'See whether the local port answers at all',
      why: 'On the same host nothing gets lost on the way: either a firewall drops it, or the queue of the port is full because all workers are busy. Recv-Q at or above Send-Q means the latter.',
      commands: [showListener(context), askGunicorn(context)],
      verify: [askNginx(context)],
    };
  }
  return {
    title: `Try the way from the NGINX host to ${place(context, 'the backend')}`,
    why: 'Silence for 3 s means dropped packets, "refused" means that the host is there and nothing listens, "succeeded" means that it works again.',
    commands: [
      `nc -vz -w 3 ${host} ${portWord(found)}`,
      `ip route get ${host}`,
      `ping -c 3 ${host}`,
    ],
    verify: [askGunicorn(context), askNginx(context)],
  };
}

function takeOut(context: FixContext): Fix {
  const found = endpoint(context);
  const server = found?.kind === 'tcp' ? `${found.host}:${found.port}` : 'HOST:PORT';
  return {
    title: 'Take the dead server out of the group while others can serve',
    why: 'With a single server there is nothing to take out: then repair or replace that host first.',
    commands: [
      ...nginxSettings('in the upstream block, in place of its line', [`server ${server} down;`]),
      RELOAD_NGINX,
    ],
    verify: [askNginx(context)],
  };
}

function findDrops(context: FixContext): Fix {
  return {
    title: 'Look for what drops the packets',
    why: 'Silence means a firewall or a security group that drops, a full connection-tracking table, or a host that is down; "No route to host" on the same network mostly means that the host is down or rejects.',
    commands: [
      'sudo nft list ruleset | grep -n -i -e drop -e reject',
      "sudo journalctl -k --since '1 hour ago' --no-pager | grep -e 'table full' -e 'SYN flooding'",
      'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max',
    ],
    verify: [askNginx(context)],
  };
}

function failFaster(context: FixContext): Fix {
  return {
    title: 'Fail faster, and keep addresses out that cannot work',
    why: 'With proxy_connect_timeout at 3 s users do not wait a minute for a dead host. If the name also has an IPv6 address and the host has no IPv6, write the IPv4 address into proxy_pass.',
    commands: [...nginxSettings('in the location', ['proxy_connect_timeout 3s;']), RELOAD_NGINX],
    verify: [askNginx(context)],
  };
}

/** The host without the brackets of IPv6, as `nc` and `ip` take it. */
function hostOf(found: Endpoint | null): string {
  return found?.kind === 'tcp' ? shellQuote(found.host.replace(/[[\]]/g, '')) : 'HOST';
}

function streamed(context: FixContext): string {
  const url = shellQuote(`http://127.0.0.1${requestPath(context)}`);
  return `curl -sSN -m 120 -o /dev/null -w '%{http_code}, %{size_download} bytes in %{time_total} s\\n' ${url}`;
}
