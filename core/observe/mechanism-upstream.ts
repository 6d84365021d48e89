/** Messages that start with `upstream` (`causes.md` A4 to A6, A8, A12). */
import type { NginxErrorLine } from '../model.ts';
import type { Mechanism, Phase } from './mechanism.ts';

const AFTER_UPSTREAM = 'upstream '.length;
const AFTER_SENT = 'upstream sent '.length;

const BODY_CUT: Mechanism = { mechanism: 'body-cut', visible: 'none' };
const INVALID_BODY: Mechanism = { mechanism: 'invalid-body', visible: 'none' };
const INVALID_HEADER: Mechanism = { mechanism: 'invalid-header', visible: '502' };
const TLS_FAILED: Mechanism = { mechanism: 'tls-failed', visible: '502' };

/** NGINX Plus `queue`: every server of the group has `max_conns` connections, and as many requests wait. */
const NO_ROOM: Mechanism = { mechanism: 'no-live-upstreams', visible: '502' };

/** nginx http/ngx_http_upstream.c `ngx_http_upstream_next`; once the header is sent the status is out. */
const TIMEOUTS: ReadonlyMap<Phase, Mechanism> = new Map<Phase, Mechanism>([
  ['connect', { mechanism: 'connect-timeout', visible: '504' }],
  ['handshake', { mechanism: 'tls-timeout', visible: '504' }],
  ['send', { mechanism: 'send-timeout', visible: '504' }],
  ['header', { mechanism: 'read-timeout', visible: '504' }],
  ['body', { mechanism: 'body-timeout', visible: 'none' }],
  ['upgraded', { mechanism: 'body-timeout', visible: 'none' }],
  ['downstream', { mechanism: 'body-timeout', visible: 'none' }],
]);

/** The start of what an upstream `sent` in its body, whatever phase the line says. */
const BODY_FAULTS = [
  'invalid chunked response',
  'more data than specified',
  'data after ',
  'too big trailers',
  'invalid trailer',
];

/** `upstream …`: the words after it decide, and the phase whether the client can still be told. */
export function classifyUpstream(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  const says = (words: string) => message.startsWith(words, AFTER_UPSTREAM);
  if (says('timed out')) return TIMEOUTS.get(phase) ?? null;
  if (says('prematurely closed ') || says('closed prematurely ')) return closed(phase);
  if (says('sent ')) return classifySent(line, phase);
  if (says('prematurely sent response') || says('rejected request')) return invalid(phase);
  if (says('queue is full')) return NO_ROOM;
  if (says('server temporarily disabled')) {
    return { mechanism: 'upstream-disabled', visible: 'none' };
  }
  return says('SSL certificate ') && phase === 'handshake' ? TLS_FAILED : null;
}

function closed(phase: Phase): Mechanism | null {
  if (phase === 'handshake') return TLS_FAILED;
  if (phase === 'none' || phase === 'resolve') return null;
  return hasSentHeader(phase) ? BODY_CUT : { mechanism: 'premature-close', visible: '502' };
}

/** nginx http/modules/ngx_http_proxy_module.c and its fastcgi, uwsgi, scgi, grpc and v2 siblings. */
function classifySent(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const sent = (words: string) => line.message.startsWith(words, AFTER_SENT);
  if (sent('too big header')) return { mechanism: 'header-too-big', visible: '502' };
  if (sent('no valid HTTP/1.0 header')) return { mechanism: 'not-http', visible: '009' };
  if (sent('unsupported FastCGI protocol')) return { mechanism: 'not-http', visible: '502' };
  if (BODY_FAULTS.some(sent)) return INVALID_BODY;
  // 1.21.1 to 1.21.3 wrote this one failure at `info`; everything else below `error` is harmless.
  const isFailure = isErrorLevel(line.level) || sent('invalid header');
  return isFailure ? invalid(phase) : null;
}

function invalid(phase: Phase): Mechanism {
  return hasSentHeader(phase) ? INVALID_BODY : INVALID_HEADER;
}

function hasSentHeader(phase: Phase): boolean {
  return phase === 'body' || phase === 'upgraded' || phase === 'downstream';
}

function isErrorLevel(level: string): boolean {
  return level === 'error' || level === 'crit' || level === 'alert';
}
