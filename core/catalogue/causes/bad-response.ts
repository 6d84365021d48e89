/** The backend answered, but NGINX could not use the answer. */
import type { Fix } from '../../diagnosis.ts';
import { defineCause } from '../cause.ts';
import {
  askNginx,
  directTarget,
  gunicornSetting,
  nginxSettings,
  RELOAD_NGINX,
  requestPath,
  systemctl,
  unitWord,
  WATCH_NGINX_ERRORS,
} from '../commands.ts';
import { workerKind } from '../facts.ts';
import type { FixContext } from '../fix-context.ts';
import { LINKS } from '../links.ts';
import { shellQuote } from '../shell.ts';

/** The body ended before it was complete. */
export const prematureBodyClose = defineCause({
  id: 'premature-body-close',
  family: 'bad-response',
  severity: 'medium',
  title: () => 'Gunicorn closed the connection in the middle of responses',
  meaning:
    'The status was already sent (mostly 200) when the rest of the response failed to come, so the client got a broken body and the access log looks healthy. The application raised an error while it was sending, announced a longer `Content-Length` than it sent, or its worker died.',
  primary:
    '`upstream prematurely closed connection while reading upstream`, or `readv() failed (104: Connection reset by peer) while reading upstream`',
  corroboration:
    'A bare `Error handling request` with a traceback (an error after the headers), nothing at all (a wrong `Content-Length`), or the death of a worker at that time.',
  toConfirm: 'Give the Gunicorn log: an error after the headers leaves a traceback there.',
  steps: (context) => [
    {
      title: 'Look for the error that cut the response',
      why: 'A traceback under a bare "Error handling request" is an error after the headers were sent. If it began with a deploy, go back to the release before.',
      commands: [
        `sudo journalctl -u ${unitWord(context)} --since '2 hours ago' --no-pager | grep -A 30 'Error handling request'`,
      ],
      verify: [wholeBody(`http://127.0.0.1${requestPath(context)}`)],
    },
    {
      title: 'Compare the announced length with the sent one, past NGINX',
      why: 'If curl itself says "end of response with N bytes missing" or "transfer closed", the application is at fault and not NGINX.',
      commands: [`curl -sS -o /dev/null -D - ${directTarget(context)}`],
      verify: [],
    },
    {
      title: 'Let Gunicorn count, and fail before the first byte',
      why: 'Do not set Content-Length by hand. Load what can fail before the first part of a streamed response is sent, and catch errors inside the generator.',
      commands: [],
      verify: [wholeBody(`http://127.0.0.1${requestPath(context)}`)],
    },
  ],
  docs: [LINKS.proxyNextUpstream],
});

/** The response header does not fit NGINX's buffer. */
export const upstreamHeaderTooBig = defineCause({
  id: 'upstream-header-too-big',
  family: 'bad-response',
  severity: 'medium',
  title: () => "The application sent headers larger than NGINX's buffer",
  meaning:
    'All headers of an answer must fit into `proxy_buffer_size` (4 or 8 kB unless set), and these did not: large cookies, many `Set-Cookie` lines, a long `Content-Security-Policy` or redirect. The application believes that it answered well.',
  primary: '`upstream sent too big header while reading response header from upstream`',
  corroboration: "Gunicorn's access log shows a normal status for the same request.",
  toConfirm: 'Give the NGINX error log: this line is the proof.',
  steps: (context) => [
    {
      title: 'Give NGINX room for the headers',
      why: 'The three belong together: NGINX refuses a busy size that is smaller than one buffer or not smaller than all of them less one. They may stand in http, server or location.',
      commands: [
        ...nginxSettings('in http, server or location', [
          'proxy_buffer_size 16k;',
          'proxy_buffers 8 16k;',
          'proxy_busy_buffers_size 32k;',
        ]),
        RELOAD_NGINX,
      ],
      verify: [askNginx(context), WATCH_NGINX_ERRORS],
    },
    {
      title: 'See how large the headers are, and which',
      why: 'Ask as a user who is affected (with their cookies): an anonymous request often gets small headers. Above 16384 bytes, raise the three numbers together.',
      commands: [
        `curl -s -o /dev/null -D - ${directTarget(context)} | wc -c`,
        `curl -s -o /dev/null -D - ${directTarget(context)}`,
      ],
      verify: [],
    },
    {
      title: 'Make the headers smaller',
      why: 'Keep sessions on the server and only their id in the cookie; remove duplicate Set-Cookie lines; do not carry data in redirects. Browsers and other proxies have limits too.',
      commands: [],
      verify: [],
    },
  ],
  docs: [LINKS.proxyBufferSize],
});

/** The answer breaks the rules of HTTP. */
export const invalidResponse = defineCause({
  id: 'invalid-response',
  family: 'bad-response',
  severity: 'medium',
  title: () => 'The application sent answers that are not valid HTTP',
  meaning:
    'NGINX refused an answer because of a malformed or duplicate header, two contradicting lengths, or a body that does not match its announced form. Since version 1.23.0 NGINX refuses duplicate `Content-Length` and `Transfer-Encoding` lines that it took silently before.',
  primary:
    '`upstream sent invalid header`, `upstream sent duplicate header line` (level error), `upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time`, `upstream sent invalid chunked response`, `upstream sent more data than specified in "Content-Length" header`',
  corroboration:
    'Gunicorn shows a normal status. With a `WORKER TIMEOUT` at the same time it is a worker timeout: since Gunicorn 22 the 500 page is written into the half-sent body.',
  toConfirm:
    'Give the Gunicorn log, to tell a wrong header from a worker that timed out in the middle of a response.',
  steps: (context) => [
    {
      title: 'If it began with a deploy, go back; then look at the raw answer',
      why: 'The error line of NGINX quotes the header at fault. Look for two Content-Length lines, a space before a colon, or an empty name.',
      commands: [`curl -sv -o /dev/null ${directTarget(context)}`, WATCH_NGINX_ERRORS],
      verify: [askNginx(context)],
    },
    {
      title: 'Do not set Content-Length, Transfer-Encoding or Connection in the application',
      why: 'Gunicorn sets them. A view or middleware that copies the headers of another answer (a proxy view, a cache) is the usual source of duplicates.',
      commands: [
        "grep -rniE --include='*.py' -e 'content-length' -e 'transfer-encoding' APP_DIR",
        systemctl(context, 'restart'),
      ],
      verify: [`curl -sv -o /dev/null ${directTarget(context)}`, askNginx(context)],
    },
  ],
  docs: [LINKS.proxyPass],
});

/** The application closed while NGINX was still sending it the request. */
export const requestBodyUnread = defineCause({
  id: 'request-body-unread',
  family: 'bad-response',
  severity: 'medium',
  title: () => 'The application answered without reading the whole upload',
  meaning:
    'The application answered (mostly a refusal, such as 413 or 403) and closed while NGINX was still sending the body. NGINX could not finish sending, so the client got 502 in place of that answer. Which of the two the client sees is a race.',
  primary:
    '`writev() failed (104: Connection reset by peer) while sending request to upstream`, or `(32: Broken pipe)`; the same with `sendfile()` or `send()`',
  corroboration:
    "Gunicorn's own access log shows a normal answer, such as 413 or 403, for the same request.",
  toConfirm: "Give Gunicorn's access log: it shows the answer that the client should have got.",
  steps: () => [
    {
      title: 'Refuse in NGINX what the application would refuse',
      why: 'NGINX then answers 413 before it sends anything on. Set it to the limit of the application; 10m is an example.',
      commands: [
        ...nginxSettings('in the location of the upload', ['client_max_body_size 10m;']),
        RELOAD_NGINX,
      ],
      verify: ['sudo nginx -T 2>/dev/null | grep -n client_max_body_size'],
    },
    {
      title: 'Read or discard the body before answering',
      why: 'Where the application refuses early (size, login, quota), let it read the rest of the body first, up to a limit, and then answer.',
      commands: [],
      verify: [WATCH_NGINX_ERRORS],
    },
  ],
  docs: [LINKS.clientMaxBodySize],
});

/** An idle connection was reused in the moment in which Gunicorn closed it. */
export const keepaliveRace = defineCause({
  id: 'keepalive-race',
  family: 'bad-response',
  severity: 'medium',
  title: () => 'NGINX reused connections that Gunicorn was just closing',
  meaning:
    'NGINX keeps idle connections to Gunicorn for 60 s, Gunicorn closes them after `keepalive` (2 s unless set) or when a worker restarts for `max_requests`; a request sent in that moment is lost. NGINX repeats a GET on a new connection but never a POST, so mostly POSTs fail. Since 1.29.7 NGINX keeps connections by default for servers in an `upstream` block, so this can begin with an upgrade of NGINX.',
  primary:
    '`recv() failed (104: Connection reset by peer)` or `upstream prematurely closed connection`, both `while reading response header from upstream`, after almost no time, mostly for POST; for GET status lists such as `502, 200` with the same address twice',
  corroboration:
    'No death of a worker at that time, or `Autorestarting worker after current request.` with a gthread or async worker. Sync workers close every connection themselves and are not affected.',
  toConfirm:
    'Log `$upstream_status`, `$upstream_addr` and `$upstream_response_time` in the access log, and look for `keepalive` in the upstream block and for the NGINX version.',
  steps: (context) => [
    {
      title: 'Let NGINX use a new connection for each request',
      why: 'This ends it at once, at the price of a new connection for each request. Since 1.29.7 NGINX keeps connections to the servers of an upstream block unless told not to; before that, delete the keepalive line instead ("keepalive 0" is an error there).',
      commands: [
        'nginx -v',
        ...nginxSettings('in the upstream block, from 1.29.7 on', ['keepalive 0;']),
        RELOAD_NGINX,
      ],
      verify: [WATCH_NGINX_ERRORS],
    },
    ...(workerKind(context) === 'sync' ? [] : [keepLonger(context)]),
    {
      title: 'Do not let NGINX repeat POSTs',
      why: 'proxy_next_upstream with non_idempotent hides these errors, but the application may carry out an order or a payment twice.',
      commands: ['sudo nginx -T 2>/dev/null | grep -n -e non_idempotent -e keepalive'],
      verify: [],
    },
  ],
  docs: [LINKS.upstreamKeepalive, LINKS.keepalive, LINKS.proxyNextUpstream],
});

function keepLonger(context: FixContext): Fix {
  return {
    title: 'Or keep connections longer in Gunicorn than in NGINX',
    why: 'Then NGINX is always the first to close, which is harmless. Restarts for max_requests still close connections: raise max_requests, or drop it where no leak asks for it.',
    commands: [
      ...gunicornSetting('keepalive', '75', '--keep-alive 75'),
      ...nginxSettings('in the upstream block', ['keepalive_timeout 60s;']),
      systemctl(context, 'restart'),
      RELOAD_NGINX,
    ],
    verify: [WATCH_NGINX_ERRORS],
  };
}

/** `curl` names a cut body by itself: `curl: (18) transfer closed with … bytes remaining`. */
function wholeBody(url: string): string {
  return `curl -sS -o /dev/null -w '%{http_code}, %{size_download} bytes\\n' ${shellQuote(url)}`;
}
