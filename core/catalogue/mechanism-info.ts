import type { MechanismId, VisibleStatus } from '../model.ts';
import type { CauseId } from './cause-ids.ts';

/** What a mechanism means to a reader; the text of `explain` and of the catalogue page. */
export type MechanismInfo = {
  /** Plain words, lower case at the start. */
  readonly title: string;
  /** What a client gets in the usual case; one line's own answer is `UpstreamError.visible`. */
  readonly visible: VisibleStatus;
  /** The causes it can point to, the likeliest first. */
  readonly causes: readonly CauseId[];
  /** The line's form, `…` for what varies. */
  readonly rule: string;
  /** Where NGINX writes it: file under `src/` and function. */
  readonly source: string;
};

const UPSTREAM = 'nginx src/http/ngx_http_upstream.c';
const PROXY = 'nginx src/http/modules/ngx_http_proxy_module.c';
const CONNECT = 'nginx src/event/ngx_event_connect.c ngx_event_connect_peer';
const TEST_CONNECT = `${CONNECT}; ${UPSTREAM} ngx_http_upstream_test_connect`;

const NOT_RUNNING = [
  'app-boot-failure',
  'service-start-failure',
  'bind-failure',
  'deploy-restart',
] as const satisfies readonly CauseId[];

const WORKER_DEATHS = [
  'worker-timeout',
  'worker-oom',
  'worker-killed',
  'worker-crash',
] as const satisfies readonly CauseId[];

/** Every mechanism of `causes.md`, with the function of the NGINX source that writes its line. */
export const MECHANISM_INFO: Readonly<Record<MechanismId, MechanismInfo>> = {
  'connection-refused': {
    title: 'nothing listened on the address NGINX connected to',
    visible: '502',
    causes: [
      'backend-not-listening',
      'stale-unix-socket',
      ...NOT_RUNNING,
      'worker-oom',
      'address-mismatch',
      'stale-dns',
    ],
    rule: 'connect() [to …] failed (111: …) while connecting to upstream',
    source: TEST_CONNECT,
  },
  'socket-missing': {
    title: 'the unix socket file did not exist',
    visible: '502',
    causes: ['socket-file-missing', ...NOT_RUNNING, 'address-mismatch'],
    rule: 'connect() to unix:… failed (2: …) while connecting to upstream',
    source: CONNECT,
  },
  'permission-denied': {
    title: 'NGINX was not allowed to connect',
    visible: '502',
    causes: ['socket-permission', 'selinux-denied'],
    rule: 'connect() to … failed (13: …) or (1: …) while connecting to upstream',
    source: CONNECT,
  },
  'accept-queue-full': {
    title: "Gunicorn's queue of waiting connections was full",
    visible: '502',
    causes: ['accept-queue-full', 'workers-saturated'],
    rule: 'connect() to unix:… failed (11: …) while connecting to upstream',
    source: CONNECT,
  },
  'connect-timeout': {
    title: 'the upstream did not answer the connection attempt in time',
    visible: '504',
    causes: ['upstream-unreachable', 'accept-queue-full', 'stale-dns'],
    rule: 'upstream timed out (110: …) while connecting to upstream (504); connect() failed (110: …) while connecting to upstream (502)',
    source: `${UPSTREAM} ngx_http_upstream_next; ngx_http_upstream_test_connect`,
  },
  'host-unreachable': {
    title: 'the network has no way to the upstream',
    visible: '502',
    causes: ['upstream-unreachable', 'stale-dns'],
    rule: 'connect() [to …] failed (113: …), (112: …), (101: …) or (100: …) while connecting to upstream',
    source: TEST_CONNECT,
  },
  'no-source-port': {
    title: 'NGINX had no free local port towards the upstream',
    visible: '502',
    causes: ['ephemeral-ports-exhausted'],
    rule: 'connect() to … failed (99: …) while connecting to upstream',
    source: CONNECT,
  },
  'nginx-limit': {
    title: 'NGINX ran out of file descriptors or connections',
    visible: '500',
    causes: ['nginx-limits-exhausted'],
    rule: 'socket() or accept4() failed (24: …) or (23: …); … worker_connections are not enough',
    source: `${CONNECT}; nginx src/core/ngx_connection.c ngx_get_connection`,
  },
  'write-failed': {
    title: 'the upstream closed the connection while NGINX was sending the request',
    visible: '502',
    causes: ['request-body-unread', ...WORKER_DEATHS, 'keepalive-race', 'deploy-restart'],
    rule: 'writev(), send() or sendfile() failed (104: …) or (32: …) while sending request to upstream',
    source: 'nginx src/os/unix/ngx_writev_chain.c ngx_writev',
  },
  'send-timeout': {
    title: 'the upstream stopped reading the request',
    visible: '504',
    causes: ['upstream-read-timeout', 'workers-saturated', 'request-body-unread'],
    rule: 'upstream timed out (110: …) while sending request to upstream',
    source: `${UPSTREAM} ngx_http_upstream_next`,
  },
  'read-timeout': {
    title: 'the application took longer than proxy_read_timeout to answer',
    visible: '504',
    causes: ['upstream-read-timeout', 'workers-saturated', 'worker-timeout', 'worker-crash'],
    rule: 'upstream timed out (110: …) while reading response header from upstream',
    source: `${UPSTREAM} ngx_http_upstream_next`,
  },
  'premature-close': {
    title: 'Gunicorn closed the connection before it answered',
    visible: '502',
    causes: [
      ...WORKER_DEATHS,
      'deploy-restart',
      'keepalive-race',
      'gunicorn-fd-exhausted',
      'worker-died-unknown',
    ],
    rule: 'upstream prematurely closed connection while reading response header from upstream',
    source: `${UPSTREAM} ngx_http_upstream_process_header`,
  },
  'connection-reset': {
    title: 'the upstream reset the connection before it answered',
    visible: '502',
    causes: [
      'deploy-restart',
      ...WORKER_DEATHS,
      'keepalive-race',
      'gunicorn-fd-exhausted',
      'worker-died-unknown',
    ],
    rule: 'recv() failed (104: …) while reading response header from upstream; connect() failed (104: …)',
    source: 'nginx src/os/unix/ngx_recv.c ngx_unix_recv',
  },
  'header-too-big': {
    title: "the response header was larger than NGINX's buffer for it",
    visible: '502',
    causes: ['upstream-header-too-big'],
    rule: 'upstream sent too big header while reading response header from upstream',
    source: `${UPSTREAM} ngx_http_upstream_process_header`,
  },
  'invalid-header': {
    title: 'the upstream sent a response header NGINX refuses',
    visible: '502',
    causes: ['invalid-response', 'protocol-mismatch'],
    rule: 'upstream sent invalid header …, duplicate header line …, invalid "Content-Length" …, unknown "Transfer-Encoding" …',
    source: `${PROXY} ngx_http_proxy_process_header; ${UPSTREAM} ngx_http_upstream_process_content_length`,
  },
  'not-http': {
    title: 'what the upstream sent is not HTTP',
    visible: '009',
    causes: ['protocol-mismatch', 'address-mismatch'],
    rule: 'upstream sent no valid HTTP/1.0 header while reading response header from upstream',
    source: `${PROXY} ngx_http_proxy_process_status_line`,
  },
  'body-cut': {
    title: 'the response was cut off in the middle',
    visible: 'none',
    causes: ['premature-body-close', ...WORKER_DEATHS, 'deploy-restart', 'request-body-unread'],
    rule: 'upstream prematurely closed connection, or readv() or recv() failed (104: …), while reading upstream',
    source: `${UPSTREAM} ngx_http_upstream_process_request; ngx_http_upstream_process_non_buffered_upstream`,
  },
  'body-timeout': {
    title: 'the response stalled after it had begun',
    visible: 'none',
    causes: ['response-stream-timeout'],
    rule: 'upstream timed out (110: …) while reading upstream, or while proxying upgraded connection',
    source: `${UPSTREAM} ngx_http_upstream_process_upstream`,
  },
  'invalid-body': {
    title: 'the response body broke the rules of HTTP',
    visible: 'none',
    causes: ['invalid-response', 'worker-timeout'],
    rule: 'upstream sent invalid chunked response, more data than specified in "Content-Length" header, data after final chunk',
    source: `${PROXY} ngx_http_proxy_chunked_filter; ngx_http_proxy_copy_filter`,
  },
  'no-live-upstreams': {
    title: 'every server of the upstream group was marked as failed',
    visible: '502',
    causes: ['no-live-upstreams'],
    rule: 'no live upstreams while connecting to upstream',
    source: `${UPSTREAM} ngx_http_upstream_connect`,
  },
  'upstream-disabled': {
    title: 'NGINX stopped using a server for fail_timeout',
    visible: 'none',
    causes: ['no-live-upstreams'],
    rule: 'upstream server temporarily disabled while …',
    source:
      'nginx src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_free_round_robin_peer',
  },
  'dns-failed': {
    title: "the upstream's name could not be resolved",
    visible: '502',
    causes: ['dns-failed'],
    rule: '… could not be resolved (…: …); recv() or send() failed (…) while resolving, resolver: …',
    source: `${UPSTREAM} ngx_http_upstream_resolve_handler; nginx src/core/ngx_resolver.c`,
  },
  'dns-not-configured': {
    title: 'NGINX has no way to look up the upstream name',
    visible: '502',
    causes: ['dns-not-configured'],
    rule: 'no resolver defined to resolve …; [emerg] host not found in upstream …',
    source: `${UPSTREAM} ngx_http_upstream_init_request; ngx_http_upstream_add`,
  },
  'tls-failed': {
    title: 'the TLS handshake with the upstream failed',
    visible: '502',
    causes: ['tls-to-plain-backend', 'tls-handshake-failed'],
    rule: 'SSL_do_handshake() failed (SSL: …), peer closed connection in SSL handshake, or upstream SSL certificate …, while SSL handshaking to upstream',
    source: `${UPSTREAM} ngx_http_upstream_ssl_handshake`,
  },
  'tls-timeout': {
    title: 'the upstream did not finish the TLS handshake in time',
    visible: '504',
    causes: ['tls-to-plain-backend', 'upstream-unreachable', 'workers-saturated'],
    rule: 'upstream timed out (110: …) while SSL handshaking to upstream',
    source: `${UPSTREAM} ngx_http_upstream_ssl_handshake; ngx_http_upstream_next`,
  },
  'temp-storage': {
    title: 'NGINX could not write a temporary file',
    visible: '500',
    causes: ['nginx-disk-full'],
    rule: 'pwrite(), pwritev(), open() or mkdir() "…" failed (28: …), (13: …) or (2: …) on a temporary path',
    source: 'nginx src/core/ngx_file.c ngx_create_temp_file; src/os/unix/ngx_files.c',
  },
  'nginx-died': {
    title: 'an NGINX worker process died',
    visible: 'none',
    causes: ['unknown'],
    rule: 'worker process … exited on signal …',
    source: 'nginx src/os/unix/ngx_process.c ngx_process_get_status',
  },
  'client-aborted': {
    title: 'the client went away before the answer',
    visible: '499',
    causes: ['client-closed'],
    rule: '… client prematurely closed connection, so upstream connection is closed too …',
    source: `${UPSTREAM} ngx_http_upstream_check_broken_connection`,
  },
};
