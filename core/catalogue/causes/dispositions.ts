/** What a failure is called when no root cause is known, or when the failure is not the backend's. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askGunicorn,
  askNginx,
  directTarget,
  journal,
  nginxSettings,
  PROXY_TARGETS,
  RELOAD_NGINX,
  unitWord,
  WATCH_NGINX_ERRORS,
} from '../commands.ts';
import { parseEndpoint } from '../endpoint.ts';
import { isGunicornFrom, keepEnd, onlyRoute } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';

/** NGINX had given up on all servers of a group, and their first failures are not in the logs. */
export const noLiveUpstreams = defineCause({
  id: 'no-live-upstreams',
  family: 'disposition',
  severity: 'high',
  title: (context) => {
    const group = context.upstreams.map(parseEndpoint).find((peer) => peer?.kind === 'group');
    const name = group?.kind === 'group' ? ` of the group ${keepEnd(group.name, 32)}` : '';
    return `NGINX had marked every server${name} as failed`;
  },
  meaning:
    'After `max_fails` failures NGINX leaves a server alone for `fail_timeout` (10 s), and at that moment all servers of the group were left alone. It is a consequence: the reason is in the failures before it, which these logs do not show. A `localhost` that stands for ::1 and 127.0.0.1 counts as two servers.',
  primary: '`no live upstreams while connecting to upstream`',
  corroboration:
    'Earlier `connect() failed`, `upstream timed out` or `prematurely closed` lines for the servers of the group.',
  toConfirm:
    'Give the NGINX error log from some minutes earlier: the first failure of each server names the cause.',
  steps: (context) => [
    {
      title: 'Ask each server of the group directly',
      why: 'A server that answers is taken back by itself after fail_timeout; a reload forgets all marks at once.',
      commands: [PROXY_TARGETS, askGunicorn(context), RELOAD_NGINX],
      verify: [askNginx(context)],
    },
    {
      title: 'Find the first failures, and explain those',
      why: 'The lines before the first "no live upstreams" name the server and the error.',
      commands: [
        "sudo grep -n -e 'connect() ' -e 'timed out' -e 'prematurely closed' /var/log/nginx/error.log | head -n 20",
        'badgateway diagnose /var/log/nginx/',
      ],
      verify: [],
    },
    {
      title: 'Do not let one slow route take servers out for all others',
      why: 'Timeouts count as failures too. Name the server by its address and not localhost, and raise max_fails where a few failures are normal.',
      commands: [
        ...nginxSettings('in the upstream block', [
          'server HOST:PORT max_fails=5 fail_timeout=10s;',
        ]),
        RELOAD_NGINX,
      ],
      verify: [],
    },
  ],
  docs: [LINKS.upstreamServer, LINKS.proxyNextUpstream],
});

/** The status came from behind NGINX. */
export const upstreamReturned5xx = defineCause({
  id: 'upstream-returned-5xx',
  family: 'disposition',
  severity: 'medium',
  title: (context) => {
    const statuses = context.statuses.filter((status) => /^\d{3}$/.test(status));
    const what = statuses.length === 0 ? 'an error' : statuses.slice(0, 3).join(', ');
    return `The application itself answered ${what}; NGINX only passed it on`;
  },
  meaning:
    'NGINX got a complete answer with this status from the backend and passed it on. It was made by the application, by Gunicorn (500 after a worker timeout since version 22), or by another proxy behind this one.',
  primary:
    'Nothing in the error log. In the access log `$upstream_status` has the same status and `$upstream_header_time` a number.',
  corroboration:
    'A traceback in the log of the application, `Error handling request` in the Gunicorn log, or the log of the other proxy.',
  toConfirm:
    'Give the Gunicorn log (a `WORKER TIMEOUT` at that time makes it a worker timeout) and that of the application.',
  steps: (context) => [
    {
      title: 'Read the log of the application at that time',
      why: 'The answer was made there, so its reason is there. If it began with a deploy, go back.',
      commands: [
        journal(context),
        `sudo journalctl -u ${unitWord(context)} --since '2 hours ago' --no-pager | grep -e 'Error handling request' -e 'WORKER TIMEOUT'`,
      ],
      verify: [askNginx(context)],
    },
    {
      title: 'Ask Gunicorn without NGINX',
      why: "The Server header tells who made the answer: gunicorn or uvicorn is the application's side, anything else is another proxy or load balancer with logs of its own.",
      commands: [`curl -s -o /dev/null -D - ${directTarget(context)}`],
      verify: [],
    },
    ...timeoutNote(context),
  ],
  docs: [LINKS.faq, LINKS.proxyNextUpstream],
});

/** The client did not wait. */
export const clientClosed = defineCause({
  id: 'client-closed',
  family: 'disposition',
  severity: 'low',
  title: (context) => `Clients left before ${onlyRoute(context, 'the application')} answered`,
  meaning:
    'The client closed the connection while NGINX was waiting for the backend, and NGINX logged 499. Some people just leave; many at the same time or after the same number of seconds mean a slow application, or a load balancer in front that waits less long than NGINX.',
  primary:
    '`epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too`, only at level info; status 499',
  corroboration:
    'Requests that all end after the same time (a timeout in front), or slow requests on the same route.',
  toConfirm: 'Log `$request_time`: equal times mean a timeout in front of NGINX.',
  steps: (context) => [
    {
      title: 'See how long the clients had waited',
      why: 'Around 60 s a load balancer gives up (that of AWS after 60 s unless set); a few seconds are people. Make the route faster first.',
      commands: ["sudo grep ' 499 ' /var/log/nginx/access.log | tail -n 20"],
      verify: [askNginx(context)],
    },
    {
      title: 'Order the limits: NGINX should give up before what stands in front of it',
      why: 'Then the client gets an answer with a reason, and this tool a line to explain.',
      commands: ['sudo nginx -T 2>/dev/null | grep -n proxy_read_timeout'],
      verify: [],
    },
  ],
  docs: [LINKS.proxyReadTimeout, LINKS.errorLog],
});

/** NGINX refused an upload. */
export const requestTooLarge = defineCause({
  id: 'request-too-large',
  family: 'disposition',
  severity: 'low',
  title: () => 'Clients sent bodies larger than NGINX allows',
  meaning:
    'NGINX answered 413 because the body is larger than `client_max_body_size` (1 MB unless set). The backend never saw the request.',
  primary: '`client intended to send too large body: … bytes`; status 413',
  corroboration: 'Nothing: Gunicorn does not see these requests.',
  toConfirm: 'Give the NGINX error log: the line has the number of bytes.',
  steps: (context) => [
    {
      title: 'Allow larger bodies where uploads are wanted',
      why: 'Set it for that location only, to what the application accepts; 20m is an example. Large uploads also take longer, so look at the timeouts too.',
      commands: [
        ...nginxSettings('in the location of the upload', ['client_max_body_size 20m;']),
        RELOAD_NGINX,
      ],
      verify: ['sudo nginx -T 2>/dev/null | grep -n client_max_body_size'],
    },
    {
      title: 'Otherwise leave it, and tell the users the limit',
      why: 'A limit protects the disk of NGINX and the workers of Gunicorn.',
      commands: ["sudo grep -n 'too large' /var/log/nginx/error.log | tail -n 20"],
      verify: [askNginx(context)],
    },
  ],
  docs: [LINKS.clientMaxBodySize],
});

/** No rule explains it. */
export const unknown = defineCause({
  id: 'unknown',
  family: 'disposition',
  severity: 'medium',
  title: () => 'Nothing in these logs explains these failures',
  meaning:
    'The access log shows failures, and no line of the other logs belongs to them: a log is missing, was cut or rotated, has another time zone, or its level hides the reason. They are counted here and not guessed at.',
  primary:
    'A failure in the access log without a line in the error log, or with one that names no known cause.',
  corroboration: 'None found in the logs given.',
  toConfirm:
    'Give for two minutes around the failures: `error.log`, the access log, the Gunicorn log, and the journal with the kernel lines.',
  steps: (context) => [
    {
      title: 'See whether it still happens, and what NGINX says now',
      why: 'The error log may be at another path, or at a level (crit, alert, emerg) that hides the errors: the second command shows both.',
      commands: [
        WATCH_NGINX_ERRORS,
        'sudo nginx -T 2>/dev/null | grep -n -e error_log -e access_log',
      ],
      verify: [askNginx(context)],
    },
    {
      title: 'Collect the other logs, and diagnose again with them',
      why: 'Adjust the times. With --tz if the error log is in another zone than the host on which you read it.',
      commands: [
        `sudo journalctl -u ${unitWord(context)} -o short-iso --since '2 hours ago' > gunicorn.log`,
        "sudo journalctl -o short-iso --since '2 hours ago' _TRANSPORT=kernel + _PID=1 > system.log",
        'badgateway diagnose /var/log/nginx/access.log /var/log/nginx/error.log --gunicorn gunicorn.log --system system.log',
      ],
      verify: [],
    },
    {
      title: 'Log what the next one needs',
      why: 'With these fields every failed request meets its error line exactly, and the times tell a dead worker from a slow one.',
      commands: [
        ...nginxSettings('in http', [
          'error_log /var/log/nginx/error.log error;',
          LOG_FORMAT,
          'access_log /var/log/nginx/access.log badgateway;',
        ]),
        RELOAD_NGINX,
      ],
      verify: ['sudo tail -n 1 /var/log/nginx/access.log'],
    },
  ],
  docs: [LINKS.errorLog, LINKS.logFormat],
});

const LOG_FORMAT = `log_format badgateway '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" pid=$pid c=$connection cr=$connection_requests ms=$msec rid=$request_id';`;

function timeoutNote(context: FixContext): Fix[] {
  if (isGunicornFrom(context, 22) === false) {
    return [];
  }
  return [
    {
      title: 'If the answers are 500 after 30 s or more, suspect the worker timeout',
      why: 'Since Gunicorn 22 a sync worker that is aborted for its timeout answers 500 itself, and NGINX logs nothing.',
      commands: [
        `sudo journalctl -u ${unitWord(context)} --since '2 hours ago' --no-pager | grep -c 'WORKER TIMEOUT'`,
      ],
      verify: [],
    },
  ];
}
