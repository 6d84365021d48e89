/** The commands that several causes need, filled from the evidence. Every foreign value passes `shellQuote`. */
import type { Endpoint } from './endpoint.ts';
import { endpoint } from './facts.ts';
import type { FixContext } from './fix-context.ts';
import { shellQuote } from './shell.ts';

export const RELOAD_NGINX = 'sudo nginx -t && sudo nginx -s reload';
export const WATCH_NGINX_ERRORS = 'sudo tail -n 20 /var/log/nginx/error.log';
/** Stands for the socket of causes that only sockets have, where the evidence has no path. */
export const SOME_SOCKET: Endpoint = { kind: 'unix', path: 'SOCKET' };
/** Other programs than Gunicorn write to it too; the names are what the kernel prints of Gunicorn's processes. */
export const KERNEL_KILLS =
  "sudo journalctl -k --since '2 hours ago' --no-pager | grep -i -e 'killed process' -e oom-kill";
export const PROXY_TARGETS =
  "sudo nginx -T 2>/dev/null | grep -n -e proxy_pass -e 'server .*:[0-9]' -e unix:";

/** The systemd unit as a shell word; `UNIT` when unknown or not a unit's name. */
export function unitWord(context: FixContext): string {
  return shellQuote(unitName(context));
}

/** `systemctl VERB` for the unit; what changes something asks for root. */
export function systemctl(context: FixContext, verb: string): string {
  const needsRoot = verb !== 'status' && verb !== 'cat' && !verb.startsWith('show');
  const pager = verb === 'status' ? ' --no-pager' : '';
  return `${needsRoot ? 'sudo ' : ''}systemctl ${verb} ${unitWord(context)}${pager}`;
}

/** The last lines of the unit's journal. */
export function journal(context: FixContext, lines = 100): string {
  return `sudo journalctl -u ${unitWord(context)} -n ${lines} --no-pager`;
}

/** A signal to Gunicorn's master: `TTIN` adds a worker, `TTOU` takes one away. */
export function signalMaster(context: FixContext, signal: 'TTIN' | 'TTOU'): string {
  return `sudo systemctl kill -s ${signal} --kill-who=main ${unitWord(context)}`;
}

/** A worker that the evidence names, else `PID`. */
export function pidWord(context: FixContext): string {
  const pid = context.pids.find((id) => Number.isSafeInteger(id) && id > 0);
  return pid === undefined ? 'PID' : String(pid);
}

/** Who listens at the endpoint: `ss` for its port or socket, with queue lengths and processes. */
export function showListener(context: FixContext, otherwise: Endpoint | null = null): string {
  const found = endpoint(context) ?? otherwise;
  return found?.kind === 'unix'
    ? `sudo ss -lxp | grep -F -e ${shellQuote(found.path)}`
    : `sudo ss -ltnp 'sport = :${portWord(found)}'`;
}

/** The endpoint's port, else `PORT`. */
export function portWord(found: Endpoint | null): string {
  return found?.kind === 'tcp' ? String(found.port) : 'PORT';
}

/** The endpoint's socket path as a shell word, else `SOCKET`. */
export function socketWord(found: Endpoint | null): string {
  return found?.kind === 'unix' ? shellQuote(found.path) : 'SOCKET';
}

/** `host:port` without anything a shell could read, else `HOST:PORT`. */
export function hostPort(found: Endpoint | null): string {
  return found?.kind === 'tcp' ? `${found.host}:${found.port}` : 'HOST:PORT';
}

/** The endpoint as `proxy_pass` wants it; a path with more than letters, digits and `._-/` becomes `SOCKET`. */
export function proxyPass(found: Endpoint | null, scheme: 'http' | 'https' = 'http'): string {
  if (found?.kind === 'unix') {
    return `proxy_pass ${scheme}://unix:${configPath(found.path)};`;
  }
  const address = found?.kind === 'group' ? found.name : hostPort(found);
  return `proxy_pass ${scheme}://${address};`;
}

/** The endpoint as Gunicorn's `bind` wants it. */
export function bindAddress(context: FixContext): string {
  const found = endpoint(context);
  return found?.kind === 'unix' ? `unix:${configPath(found.path)}` : hostPort(found);
}

/** A socket unit that holds the endpoint while the service restarts; systemd wants the service stopped once for it. */
export function socketActivation(context: FixContext): string[] {
  const found = endpoint(context);
  const unit = unitWord(context);
  const socket = shellQuote(`${unitName(context).replace(/\.service$/, '')}.socket`);
  const isTcp = found?.kind === 'tcp';
  return [
    `sudo systemctl edit --force --full ${socket}`,
    '# in the editor that opens:',
    '[Socket]',
    `ListenStream=${isTcp ? hostPort(found) : found?.kind === 'unix' ? configPath(found.path) : 'SOCKET'}`,
    ...(isTcp ? [] : ['SocketUser=NGINX_USER']),
    '[Install]',
    'WantedBy=sockets.target',
    `sudo systemctl stop ${unit} && sudo systemctl enable --now ${socket} && sudo systemctl start ${unit}`,
  ];
}

/** A path for a configuration file: only characters that neither a shell nor a configuration reads as more. */
export function configPath(path: string, placeholder = 'SOCKET'): string {
  return /^\/[\w./@-]*$/.test(path) ? path : placeholder;
}

/** The name that could not be resolved, if it is a host name at all, else `NAME`: clients can make names up. */
export function dnsWord(context: FixContext): string {
  const name = context.dnsName ?? '';
  return /^\w(?:[\w.-]{0,251}\w)?\.?$/.test(name) ? name : 'NAME';
}

/** Asks NGINX for the path that failed: status and time. */
export function askNginx(context: FixContext): string {
  return `${TIMED_CURL} ${shellQuote(`http://127.0.0.1${requestPath(context)}`)}`;
}

/**
 * Shows that the route which failed works: asks NGINX for it where asking again is safe. A POST is never repeated;
 * the status and time of the next real ones show it then.
 */
export function askRoute(context: FixContext): string {
  return isRepeatable(context)
    ? askNginx(context)
    : "sudo tail -n 200 /var/log/nginx/access.log | grep -e ' 50[0-9] '";
}

/** Whether the route that failed most is one that may be asked for again: a GET, a HEAD, or not known. */
function isRepeatable(context: FixContext): boolean {
  return /^(GET|HEAD) |^[^ ]*$/.test(context.routes[0] ?? '');
}

/** Asks Gunicorn for the path that failed, past NGINX: status and time. `otherwise` where the evidence has no address. */
export function askGunicorn(context: FixContext, otherwise: Endpoint | null = null): string {
  return `${TIMED_CURL} ${directTarget(context, 'http', otherwise)}`;
}

/** What `curl` needs after its options to reach Gunicorn past NGINX: a URL, with the socket where there is one. */
export function directTarget(
  context: FixContext,
  scheme: 'http' | 'https' = 'http',
  otherwise: Endpoint | null = null,
): string {
  const found = endpoint(context) ?? otherwise;
  if (found?.kind === 'unix') {
    const url = shellQuote(`${scheme}://localhost${requestPath(context)}`);
    return `--unix-socket ${shellQuote(found.path)} ${url}`;
  }
  return shellQuote(`${scheme}://${hostPort(found)}${requestPath(context)}`);
}

/** The path to ask for; characters that `curl` or a URL would read as more than themselves are percent-encoded. */
export function requestPath(context: FixContext): string {
  const path = context.examplePath ?? '/';
  return path.startsWith('/') ? path.replace(UNSAFE_IN_URL, encodeURIComponent) : '/';
}

/** Lines for a drop-in of the unit, after the command that opens it. */
export function unitSettings(context: FixContext, settings: readonly string[]): string[] {
  return [systemctl(context, 'edit'), '# in the editor that opens:', '[Service]', ...settings];
}

/** One Gunicorn setting, in both of its spellings. */
export function gunicornSetting(name: string, value: string, option: string): string[] {
  return [`# in gunicorn.conf.py, or ${option} in ExecStart:`, `${name} = ${value}`];
}

/** NGINX directives, after a line that says where they belong. */
export function nginxSettings(where: string, directives: readonly string[]): string[] {
  return [`# NGINX, ${where}:`, ...directives];
}

function unitName({ unit }: FixContext): string {
  return unit !== null && /^\w[\w:.@\\-]*$/.test(unit) ? unit : 'UNIT';
}

const TIMED_CURL = "curl -so /dev/null -w '%{http_code} after %{time_total} s\\n'";
const UNSAFE_IN_URL = /[\s"'<>\\^`{|}[\]#?]/gu;
