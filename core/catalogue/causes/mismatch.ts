/** Both sides are alive, but not with each other. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askGunicorn,
  askNginx,
  bindAddress,
  directTarget,
  gunicornSetting,
  nginxSettings,
  PROXY_TARGETS,
  proxyPass,
  RELOAD_NGINX,
  showListener,
  systemctl,
} from '../commands.ts';
import { endpointName, isLocal } from '../endpoint.ts';
import { endpoint, keepEnd, listener, place } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** Gunicorn listens, but elsewhere. */
export const addressMismatch = defineCause({
  id: 'address-mismatch',
  family: 'mismatch',
  severity: 'high',
  title: (context) => {
    const own = listener(context);
    const theirs = place({ ...context, upstreams: context.upstreams.slice(0, 1) }, 'another', 28);
    return own === null
      ? 'Gunicorn listens on another address than NGINX connects to'
      : `Gunicorn listens on ${keepEnd(endpointName(own), 28)}, but NGINX connects to ${theirs}`;
  },
  meaning:
    'Gunicorn is healthy, but on another address, port or path than the one NGINX connects to. Typical: a port changed on one side only, `localhost` that NGINX resolves to `[::1]` while Gunicorn binds 127.0.0.1, or a Gunicorn in a container that binds 127.0.0.1, which only the container itself can reach.',
  primary:
    '`connect() failed (111: Connection refused) while connecting to upstream`, or (2: No such file or directory) on a socket; with `localhost`, upstream `[::1]:…` and status lists such as `502, 200`',
  corroboration:
    "Gunicorn's `Listening at:` shows another address than `upstream:` in the error line.",
  toConfirm:
    "Give Gunicorn's log from its last start (the `Listening at:` line), or compare `ss -ltnp` with `proxy_pass`.",
  steps: (context) => [
    pointNginx(context),
    {
      title: 'Or let Gunicorn bind what NGINX expects',
      why: bindAdvice(context),
      commands: [...bindLines(context), systemctl(context, 'restart')],
      verify: [showListener(context), askGunicorn(context), askNginx(context)],
    },
    {
      title: 'Write addresses as numbers, on both sides',
      why: 'localhost stands for ::1 and 127.0.0.1, and NGINX tries both in turn: with Gunicorn on only one of them, requests first fail on the other.',
      commands: [PROXY_TARGETS, 'sudo ss -ltnp | grep -i -e gunicorn -e python'],
      verify: [askNginx(context)],
    },
  ],
  docs: [LINKS.bind, LINKS.proxyPass],
});

/** The peer speaks, but not plain HTTP. */
export const protocolMismatch = defineCause({
  id: 'protocol-mismatch',
  family: 'mismatch',
  severity: 'high',
  title: (context) => `${place(context, 'The backend')} does not answer in plain HTTP`,
  meaning:
    'NGINX sent a plain HTTP request and what came back does not begin like an HTTP answer: the port speaks TLS (Gunicorn with `certfile`), the uwsgi protocol, or belongs to another program. NGINX takes the bytes for HTTP/0.9 and passes them on, so the access log shows status 009, or 502.',
  primary:
    '`upstream sent no valid HTTP/1.0 header while reading response header from upstream`; status `009` in the access log',
  corroboration:
    '`Listening at: https://…` in the Gunicorn log, `--protocol uwsgi` or `certfile` in its settings, `Invalid HTTP method` or `Invalid request from ip=…` warnings.',
  toConfirm:
    "Give Gunicorn's log from its last start, and ask the port with `curl -v` over http and https.",
  steps: (context) => [
    ...(context.listening.some((address) => address.startsWith('https://'))
      ? [speakTheSame(context)]
      : [askProtocol(context), speakTheSame(context)]),
    {
      title: 'Or keep plain HTTP between the two',
      why: 'On one host TLS between NGINX and Gunicorn protects nothing: remove certfile and keyfile from the Gunicorn settings and keep http:// in proxy_pass.',
      commands: [systemctl(context, 'restart')],
      verify: [askGunicorn(context)],
    },
  ],
  docs: [LINKS.proxyPass],
});

function askProtocol(context: FixContext): Fix {
  return {
    title: 'Ask the port what it speaks',
    why: 'If only the https call gets an answer, the port speaks TLS. If neither does, it speaks uwsgi or another program holds it: ss names the program.',
    commands: [
      showListener(context),
      `curl -sv -m 5 -o /dev/null ${directTarget(context)}`,
      `curl -skv -m 5 -o /dev/null ${directTarget(context, 'https')}`,
    ],
    verify: [askNginx(context)],
  };
}

function speakTheSame(context: FixContext): Fix {
  return {
    title: 'Let NGINX speak the same protocol',
    why: 'This line is for a port that speaks TLS. For Gunicorn with --protocol uwsgi, use uwsgi_pass with include uwsgi_params in place of proxy_pass, or drop that option. For a wrong program, correct the port.',
    commands: [
      ...nginxSettings('in the location, for a port that speaks TLS', [
        proxyPass(endpoint(context), 'https'),
      ]),
      RELOAD_NGINX,
    ],
    verify: [askNginx(context)],
  };
}

function pointNginx(context: FixContext): Fix {
  const own = listener(context);
  return {
    title: 'Point NGINX at the address where Gunicorn listens',
    why: 'This is the quicker side to change: a reload of NGINX loses no request. Change the server line instead if proxy_pass names an upstream group.',
    commands: [...nginxSettings('in the location', [proxyPass(own)]), RELOAD_NGINX],
    verify: [askNginx(context)],
  };
}

function bindAdvice(context: FixContext): string {
  return outsidePort(context) === null
    ? 'Choose this when other programs rely on the address that NGINX uses. In a container bind 0.0.0.0, since 127.0.0.1 is the container itself.'
    : 'Gunicorn binds the loopback address, which only its own host or container can reach. Binding 0.0.0.0 opens the port to every network of that host, so do it in a container or behind a firewall.';
}

function bindLines(context: FixContext): string[] {
  const port = outsidePort(context);
  const address = port === null ? bindAddress(context) : `0.0.0.0:${port}`;
  return gunicornSetting('bind', `"${address}"`, `--bind ${address}`);
}

/** The port that NGINX asks for from another host or container while Gunicorn binds loopback only; else `null`. */
function outsidePort(context: FixContext): number | null {
  const own = listener(context);
  const theirs = endpoint(context);
  const isLoopbackOnly = own?.kind === 'tcp' && isLocal(own);
  return isLoopbackOnly && theirs?.kind === 'tcp' && !isLocal(theirs) ? theirs.port : null;
}
