import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMechanism } from '../../../core/observe/mechanism.ts';
import { parseNginxErrorLine } from '../../../core/parse/nginx-error.ts';
import { clientText } from '../parse/nginx-writes.ts';

const CONNECT = 'while connecting to upstream';
const SEND = 'while sending request to upstream';
const HEADER = 'while reading response header from upstream';
const BODY = 'while reading upstream';
const TLS = 'while SSL handshaking to upstream';
const UPGRADED = 'while proxying upgraded connection';
const TO_CLIENT = 'while sending to client';

const HEAD = '2026/11/20 12:14:32';
const TAIL =
  ', client: 203.0.113.9, server: shop.example, request: "POST /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "shop.example"';

/** `MECHANISM STATUS`, or `null`. */
function classify(line: string): string | null {
  const parsed = parseNginxErrorLine(line);
  if (parsed === null) throw new Error(`not parsed: ${line}`);
  const found = classifyMechanism(parsed);
  return found && `${found.mechanism} ${found.visible}`;
}

/** The verdict on a message with the whole context of a request after it. */
function classifyMessage(level: string, message: string): string | null {
  return classify(`${HEAD} [${level}] 2977#2977: *4 ${message}${TAIL}`);
}

type Row = readonly [level: string, message: string, verdict: string | null];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('[%s] %s: %s', (level, message, verdict) => {
      expect(classifyMessage(level, message)).toBe(verdict);
    });
  });
}

table('A2, connecting', [
  ['error', `connect() failed (111: Connection refused) ${CONNECT}`, 'connection-refused 502'],
  [
    'error',
    `connect() to unix:/run/g.sock failed (111: Connection refused) ${CONNECT}`,
    'connection-refused 502',
  ],
  [
    'crit',
    `connect() to unix:/run/g.sock failed (2: No such file or directory) ${CONNECT}`,
    'socket-missing 502',
  ],
  [
    'crit',
    `connect() to unix:/run/x/g.sock failed (20: Not a directory) ${CONNECT}`,
    'socket-missing 502',
  ],
  [
    'crit',
    `connect() to unix:/run/g.sock failed (13: Permission denied) ${CONNECT}`,
    'permission-denied 502',
  ],
  [
    'crit',
    `connect() to 10.0.0.2:8000 failed (13: Permission denied) ${CONNECT}`,
    'permission-denied 502',
  ],
  [
    'crit',
    `connect() to 10.0.0.2:8000 failed (1: Operation not permitted) ${CONNECT}`,
    'permission-denied 502',
  ],
  [
    'error',
    `connect() to unix:/run/g.sock failed (11: Resource temporarily unavailable) ${CONNECT}`,
    'accept-queue-full 502',
  ],
  [
    'error',
    `connect() to 10.0.0.2:8000 failed (11: Resource temporarily unavailable) ${CONNECT}`,
    null,
  ],
  ['error', `upstream timed out (110: Connection timed out) ${CONNECT}`, 'connect-timeout 504'],
  ['error', `connect() failed (110: Connection timed out) ${CONNECT}`, 'connect-timeout 502'],
  ['error', `connect() failed (113: No route to host) ${CONNECT}`, 'host-unreachable 502'],
  [
    'error',
    `connect() to [2001:db8::2]:8000 failed (101: Network is unreachable) ${CONNECT}`,
    'host-unreachable 502',
  ],
  ['error', `connect() failed (112: Host is down) ${CONNECT}`, 'host-unreachable 502'],
  ['error', `connect() failed (100: Network is down) ${CONNECT}`, 'host-unreachable 502'],
  [
    'crit',
    `connect() to 10.0.0.2:8000 failed (99: Cannot assign requested address) ${CONNECT}`,
    'no-source-port 502',
  ],
  ['crit', `bind(203.0.113.9) failed (99: Cannot assign requested address) ${CONNECT}`, null],
  [
    'crit',
    `bind(203.0.113.9) failed (98: Address already in use) ${CONNECT}`,
    'no-source-port 500',
  ],
  ['alert', `socket() failed (24: Too many open files) ${CONNECT}`, 'nginx-limit 500'],
  ['alert', `socket() failed (23: Too many open files in system) ${CONNECT}`, 'nginx-limit 500'],
  [
    'alert',
    `socket() failed (97: Address family not supported by protocol) ${CONNECT}`,
    'host-unreachable 500',
  ],
  ['alert', `1024 worker_connections are not enough ${CONNECT}`, 'nginx-limit 500'],
  ['error', `connect() failed (104: Connection reset by peer) ${CONNECT}`, 'connection-reset 502'],
]);

table("A2, other systems' words and numbers", [
  ['error', `connect() failed (113: Host is unreachable) ${CONNECT}`, 'host-unreachable 502'],
  ['error', `upstream timed out (110: Operation timed out) ${CONNECT}`, 'connect-timeout 504'],
  [
    'crit',
    `connect() to 10.0.0.2:80 failed (99: Address not available) ${CONNECT}`,
    'no-source-port 502',
  ],
  ['error', `connect() failed (61: Connection refused) ${CONNECT}`, 'connection-refused 502'],
  [
    'error',
    `kevent() reported that connect() failed (61: Connection refused) ${CONNECT}`,
    'connection-refused 502',
  ],
  ['error', `upstream timed out (60: Operation timed out) ${HEADER}`, 'read-timeout 504'],
  [
    'error',
    `kevent() reported about an closed connection (54: Connection reset by peer) ${HEADER}`,
    'connection-reset 502',
  ],
  ['error', `recv() failed (54: Connection reset by peer) ${HEADER}`, 'connection-reset 502'],
  ['error', `connect() failed (65: No route to host) ${CONNECT}`, 'host-unreachable 502'],
  ['error', `connect() failed (61: No data available) ${CONNECT}`, null],
  [
    'error',
    `connect() failed (10061: No connection could be made because the target machine actively refused it) ${CONNECT}`,
    'connection-refused 502',
  ],
  [
    'error',
    `upstream timed out (10060: A connection attempt failed) ${CONNECT}`,
    'connect-timeout 504',
  ],
  [
    'error',
    `WSARecv() failed (10054: An existing connection was forcibly closed) ${HEADER}`,
    'connection-reset 502',
  ],
]);

table('A3, sending the request', [
  ['error', `writev() failed (104: Connection reset by peer) ${SEND}`, 'write-failed 502'],
  ['error', `writev() failed (32: Broken pipe) ${SEND}`, 'write-failed 502'],
  ['error', `sendfile() failed (32: Broken pipe) ${SEND}`, 'write-failed 502'],
  ['error', `send() failed (104: Connection reset by peer) ${SEND}`, 'write-failed 502'],
  ['alert', `writev() failed (14: Bad address) ${SEND}`, 'write-failed 502'],
  ['error', `writev() failed (113: No route to host) ${SEND}`, 'host-unreachable 502'],
  ['error', `upstream timed out (110: Connection timed out) ${SEND}`, 'send-timeout 504'],
  [
    'alert',
    `sendfile() reported that "/var/cache/nginx/client_temp/0000000001" was truncated at 5 ${SEND}`,
    'write-failed 502',
  ],
  ['crit', `SSL_write() failed (SSL: error:0A0000C6:SSL routines::x) ${SEND}`, 'tls-failed 502'],
  ['error', `SSL_write() failed (32: Broken pipe) ${SEND}`, 'write-failed 502'],
]);

table('A4, waiting for the header', [
  ['error', `upstream timed out (110: Connection timed out) ${HEADER}`, 'read-timeout 504'],
  ['error', `upstream prematurely closed connection ${HEADER}`, 'premature-close 502'],
  ['error', `recv() failed (104: Connection reset by peer) ${HEADER}`, 'connection-reset 502'],
  ['error', `recv() failed (113: No route to host) ${HEADER}`, 'host-unreachable 502'],
  ['error', `upstream sent too big header ${HEADER}`, 'header-too-big 502'],
  ['error', `upstream sent invalid header: "Just\\x20..." ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream sent invalid header ${HEADER}`, 'invalid-header 502'],
  ['info', `upstream sent invalid header: "Just\\x20..." ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream sent no valid HTTP/1.0 header ${HEADER}`, 'not-http 009'],
  [
    'error',
    `upstream sent duplicate header line: "Content-Length: 2", previous value: "Content-Length: 2" ${HEADER}`,
    'invalid-header 502',
  ],
  [
    'warn',
    `upstream sent duplicate header line: "Date: y", previous value: "Date: x", ignored ${HEADER}`,
    null,
  ],
  [
    'error',
    `upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time ${HEADER}`,
    'invalid-header 502',
  ],
  [
    'error',
    `upstream sent invalid "Content-Length" header: "Content-Length: abc" ${HEADER}`,
    'invalid-header 502',
  ],
  ['error', `upstream sent unknown "Transfer-Encoding": "gzip" ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream sent HTTP/1.0 response with early hints ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream prematurely sent response ${HEADER}`, 'invalid-header 502'],
  ['info', `upstream sent too big early hints ${HEADER}`, null],
  ['error', `connection upgrade in subrequest ${HEADER}`, null],
  ['crit', `cache file "/var/cache/nginx/a/f00" contains invalid header ${HEADER}`, null],
  ['error', `SSL_read() failed (104: Connection reset by peer) ${HEADER}`, 'connection-reset 502'],
  [
    'error',
    `SSL_read() failed (SSL: error:0A000126:SSL routines::unexpected eof while reading) ${HEADER}`,
    'premature-close 502',
  ],
  [
    'crit',
    `SSL_read() failed (SSL: error:0A000119:SSL routines::decryption failed) ${HEADER}`,
    'tls-failed 502',
  ],
]);

table('A4 and A12, upstreams of other protocols', [
  ['error', `upstream prematurely closed FastCGI stdout ${HEADER}`, 'premature-close 502'],
  ['error', `upstream sent unsupported FastCGI protocol version: 72 ${HEADER}`, 'not-http 502'],
  ['error', `upstream sent unexpected FastCGI record: 3 ${HEADER}`, 'invalid-header 502'],
  ['error', `FastCGI sent in stderr: "Primary script unknown" ${HEADER}`, null],
  ['error', `upstream rejected request with error 2 ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream sent goaway with error 1 ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream prematurely closed stream ${HEADER}`, 'premature-close 502'],
  ['error', `upstream sent too large http2 frame: 4740180 ${HEADER}`, 'invalid-header 502'],
  ['error', `upstream sent http2 frame for unknown stream 3 ${BODY}`, 'invalid-body none'],
  ['error', `upstream closed prematurely connection ${HEADER}`, 'premature-close 502'],
]);

table('A5, the body', [
  ['error', `upstream prematurely closed connection ${BODY}`, 'body-cut none'],
  ['error', `readv() failed (104: Connection reset by peer) ${BODY}`, 'body-cut none'],
  ['error', `recv() failed (104: Connection reset by peer) ${BODY}`, 'body-cut none'],
  [
    'error',
    `SSL_read() failed (SSL: error:0A000126:SSL routines::unexpected eof while reading) ${BODY}`,
    'body-cut none',
  ],
  ['error', `upstream timed out (110: Connection timed out) ${BODY}`, 'body-timeout none'],
  ['error', `upstream sent invalid chunked response ${BODY}`, 'invalid-body none'],
  ['error', `upstream sent invalid chunked response ${HEADER}`, 'invalid-body none'],
  [
    'warn',
    `upstream sent more data than specified in "Content-Length" header ${BODY}`,
    'invalid-body none',
  ],
  ['warn', `upstream sent data after final chunk ${BODY}`, 'invalid-body none'],
  ['warn', `upstream sent data after trailers ${BODY}`, 'invalid-body none'],
  ['error', `upstream sent too big trailers ${BODY}`, 'invalid-body none'],
  ['error', `upstream sent invalid trailer: "x\\x01..." ${BODY}`, 'invalid-body none'],
  ['info', `upstream timed out (110: Connection timed out) ${UPGRADED}`, 'body-timeout none'],
  ['error', `recv() failed (104: Connection reset by peer) ${UPGRADED}`, 'body-cut none'],
  ['info', `recv() failed (104: Connection reset by peer) ${UPGRADED}`, null],
  [
    'warn',
    `an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/1/00/0000000001 ${BODY}`,
    null,
  ],
  [
    'crit',
    `pwritev() "/var/cache/nginx/proxy_temp/1/00/0000000001" failed (28: No space left on device) ${BODY}`,
    'temp-storage none',
  ],
  [
    'crit',
    `pwritev() "/var/cache/nginx/proxy_temp/1/00/0000000001" has written only 4096 of 8192 ${BODY}`,
    'temp-storage none',
  ],
  [
    'crit',
    `open() "/var/lib/nginx/uwsgi/5/88/0000002885" failed (13: Permission denied) ${BODY}`,
    'temp-storage none',
  ],
  [
    'error',
    `WriteFile() "D:/nginx/temp/proxy_temp/3/74/0000011743" failed (112: There is not enough space on the disk) ${BODY}`,
    'temp-storage none',
  ],
  [
    'crit',
    `CreateFile() "D:/nginx/temp/proxy_temp/3/74/0000011743" failed (5: Access is denied) ${BODY}`,
    'temp-storage none',
  ],
]);

table('A6, the balancer', [
  ['error', `no live upstreams ${CONNECT}`, 'no-live-upstreams 502'],
  ['warn', `upstream server temporarily disabled ${CONNECT}`, 'upstream-disabled none'],
  ['error', `upstream queue is full ${CONNECT}`, 'no-live-upstreams 502'],
  ['alert', 'no upstream configuration', null],
  ['error', 'no port in upstream "shop"', null],
  ['error', 'invalid URL prefix in "http://"', null],
  ['error', 'invalid port in upstream "shop:x"', null],
  ['error', 'cache "shop" not found', null],
  ['error', 'invalid local address "x"', null],
]);

table('A7, names, for a request', [
  ['error', 'no resolver defined to resolve shop', 'dns-not-configured 502'],
  ['error', 'shop could not be resolved (3: Host not found)', 'dns-failed 502'],
  ['error', 'shop could not be resolved (2: Server failure)', 'dns-failed 502'],
  ['error', 'shop could not be resolved (110: Operation timed out)', 'dns-failed 502'],
  ['error', `shop could not be resolved (3: Host not found) ${SEND}`, 'dns-failed 502'],
  [
    'error',
    'recv() failed (111: Connection refused) while resolving, resolver: 127.0.0.1:53',
    'dns-failed none',
  ],
  [
    'error',
    '5.34.207.182 could not be resolved (3: Host not found) while in resolving client address',
    null,
  ],
]);

describe('A7 and A9, lines of no request', () => {
  it.each<Row>([
    [
      'emerg',
      'host not found in upstream "shop:8000" in /etc/nginx/nginx.conf:3',
      'dns-not-configured none',
    ],
    [
      'emerg',
      'host not found in resolver "kube-dns" in /etc/nginx/nginx.conf:3',
      'dns-not-configured none',
    ],
    [
      'emerg',
      'no resolver defined to resolve names at run time in upstream "g" in /etc/nginx/nginx.conf:3',
      'dns-not-configured none',
    ],
    [
      'emerg',
      'resolving names at run time requires upstream "g" in /etc/nginx/nginx.conf:3 to be in shared memory',
      'dns-not-configured none',
    ],
    [
      'emerg',
      'load balancing method does not support resolving names at run time in upstream "g" in /e:3',
      'dns-not-configured none',
    ],
    ['emerg', 'no servers are inside upstream in /etc/nginx/nginx.conf:3', null],
    ['emerg', 'invalid port in upstream "shop:x" in /etc/nginx/nginx.conf:3', null],
    ['emerg', 'bind() to 0.0.0.0:80 failed (98: Address already in use)', null],
    [
      'emerg',
      'mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)',
      'temp-storage none',
    ],
    ['alert', 'mkdir() "/var/cache/nginx/client_temp" failed (13: x)', 'temp-storage none'],
    ['emerg', 'mkdir() "/srv/www" failed (13: Permission denied)', null],
    ['emerg', 'malloc(4096) failed (12: Cannot allocate memory)', null],
    [
      'error',
      'recv() failed (111: Connection refused) while resolving, resolver: 127.0.0.1:53',
      'dns-failed none',
    ],
    [
      'error',
      'send() failed (101: Network is unreachable) while resolving, resolver: 10.0.0.2:53',
      'dns-failed none',
    ],
    [
      'crit',
      'connect() to [::1]:53 failed (99: Cannot assign requested address) while resolving, resolver: [::1]:53',
      'dns-failed none',
    ],
    ['error', 'unexpected DNS response for shop', 'dns-failed none'],
    ['error', 'wrong ident 5 in DNS response for shop, expect 6', 'dns-failed none'],
    ['error', 'DNS error (3: Host not found), query id:5', 'dns-failed none'],
    ['error', 'shop could not be resolved (3: Host not found)', 'dns-failed none'],
    [
      'error',
      'r3.o.lencr.org could not be resolved (110: Operation timed out) while requesting certificate status, responder: r3.o.lencr.org',
      null,
    ],
    ['crit', 'accept4() failed (24: Too many open files)', 'nginx-limit none'],
    ['crit', 'accept() failed (23: Too many open files in system)', 'nginx-limit none'],
    ['error', 'accept4() failed (103: Software caused connection abort)', null],
    ['alert', '1024 worker_connections are not enough', 'nginx-limit none'],
    ['warn', '1024 worker_connections are not enough, reusing connections', 'nginx-limit none'],
    ['warn', '4096 worker_connections exceed open file resource limit: 1024', null],
    ['alert', 'worker process 18344 exited on signal 9', 'nginx-died none'],
    ['alert', 'worker process 18344 exited on signal 11 (core dumped)', 'nginx-died none'],
    [
      'alert',
      'worker process 18344 exited with fatal code 2 and cannot be respawned',
      'nginx-died none',
    ],
    ['notice', 'worker process 18344 exited with code 0', null],
    ['notice', 'cache manager process 18345 exited with code 0', null],
    ['alert', 'write() to "/var/log/nginx/access.log" failed (28: No space left on device)', null],
  ])('[%s] %s: %s', (level, message, verdict) => {
    expect(classify(`${HEAD} [${level}] 1#1: ${message}`)).toBe(verdict);
  });

  it('is the same from standard error', () => {
    const line = 'nginx: [emerg] host not found in upstream "shop" in /etc/nginx/nginx.conf:3';
    expect(classify(line)).toBe('dns-not-configured none');
  });
});

table('A8, TLS to the upstream', [
  [
    'error',
    `SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) ${TLS}`,
    'tls-failed 502',
  ],
  [
    'crit',
    `SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines:ssl3_get_record:wrong version number) ${TLS}`,
    'tls-failed 502',
  ],
  [
    'error',
    `SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40) ${TLS}`,
    'tls-failed 502',
  ],
  ['error', `upstream timed out (110: Connection timed out) ${TLS}`, 'tls-timeout 504'],
  ['error', `peer closed connection in SSL handshake ${TLS}`, 'tls-failed 502'],
  [
    'error',
    `peer closed connection in SSL handshake (104: Connection reset by peer) ${TLS}`,
    'tls-failed 502',
  ],
  [
    'error',
    `upstream SSL certificate verify error: (18:self-signed certificate) ${TLS}`,
    'tls-failed 502',
  ],
  ['error', `upstream SSL certificate does not match "shop" ${TLS}`, 'tls-failed 502'],
  [
    'info',
    'SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::x) while SSL handshaking',
    null,
  ],
  [
    'info',
    'peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking',
    null,
  ],
  [
    'crit',
    'SSL_read() failed (SSL: error:1408F1BB:SSL routines:x:bad record type) while keepalive',
    null,
  ],
]);

table('A9, resources, for a request', [
  [
    'crit',
    'pwrite() "/var/lib/nginx/body/0000000001" failed (28: No space left on device)',
    'temp-storage 500',
  ],
  [
    'crit',
    'open() "/var/cache/nginx/client_body_temp/0000000001" failed (13: Permission denied)',
    'temp-storage 500',
  ],
  [
    'crit',
    'mkdir() "/var/cache/nginx/proxy_temp/1" failed (13: Permission denied)',
    'temp-storage 500',
  ],
  ['crit', 'open() "/srv/www/index.html" failed (24: Too many open files)', 'nginx-limit 500'],
  [
    'crit',
    `open() "/var/cache/nginx/proxy_temp/1/00/0000000001" failed (24: Too many open files) ${BODY}`,
    'nginx-limit none',
  ],
  [
    'warn',
    'a client request body is buffered to a temporary file /var/lib/nginx/body/0000000001',
    null,
  ],
  ['emerg', 'malloc(4096) failed (12: Cannot allocate memory)', null],
]);

table('A10, clients and look-alikes', [
  [
    'info',
    `epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too ${SEND}`,
    'client-aborted 499',
  ],
  [
    'info',
    `epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too (104: Connection reset by peer) ${HEADER}`,
    'client-aborted 499',
  ],
  [
    'info',
    `epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too (104: Connection reset by peer) ${BODY}`,
    'client-aborted none',
  ],
  [
    'info',
    `client prematurely closed connection, so upstream connection is closed too ${CONNECT}`,
    'client-aborted 499',
  ],
  [
    'info',
    `kevent() reported that client prematurely closed connection, so upstream connection is closed too ${SEND}`,
    'client-aborted 499',
  ],
  ['info', 'client prematurely closed connection', 'client-aborted none'],
  ['info', 'client timed out (110: Connection timed out) while waiting for request', null],
  ['info', `client timed out (110: Connection timed out) ${TO_CLIENT}`, null],
  ['info', `recv() failed (104: Connection reset by peer) ${TO_CLIENT}`, null],
  ['info', `writev() failed (32: Broken pipe) ${TO_CLIENT}`, null],
  ['info', `sendfile() failed (104: Connection reset by peer) ${TO_CLIENT}`, null],
  ['info', 'recv() failed (104: Connection reset by peer) while keepalive', null],
  ['info', 'recv() failed (104: Connection reset by peer) while waiting for request', null],
  ['error', 'client intended to send too large body: 10485761 bytes', null],
  ['info', 'client sent invalid host header while reading client request headers', null],
  ['error', `auth request unexpected status: 502 ${TO_CLIENT}`, null],
  ['error', 'open() "/usr/share/nginx/html/50x.html" failed (2: No such file or directory)', null],
  ['error', 'open() "/srv/proxy_temp/1/00/0000000001" failed (2: No such file or directory)', null],
  ['error', 'limiting requests, excess: 5.428 by zone "one"', null],
  ['error', 'limiting connections by zone "one"', null],
  ['error', 'access forbidden by rule', null],
  [
    'error',
    'rewrite or internal redirection cycle while internally redirecting to "/index.html"',
    null,
  ],
  ['info', 'client 203.0.113.9 closed keepalive connection', null],
]);

describe('lines of other modules that say the same', () => {
  it.each([
    [
      'stream',
      `connect() failed (111: Connection refused) ${CONNECT}, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "10.0.0.2:443", bytes from/to client:0/0, bytes from/to upstream:0/0`,
    ],
    [
      'stream',
      `upstream timed out (110: Connection timed out) ${CONNECT}, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "10.0.0.2:443", bytes from/to client:0/0, bytes from/to upstream:0/0`,
    ],
    [
      'stream',
      `no live upstreams ${CONNECT}, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "group", bytes from/to client:0/0, bytes from/to upstream:0/0`,
    ],
    [
      'stream',
      'shop could not be resolved (3: Host not found), client: 10.0.0.1, server: 0.0.0.0:443, bytes from/to client:0/0, bytes from/to upstream:0/0',
    ],
    [
      'mail',
      `connect() failed (111: Connection refused) ${CONNECT}, client: 10.0.0.1, server: 0.0.0.0:25, login: "x", upstream: 10.0.0.2:25`,
    ],
  ])('%s: %s', (_, rest) => {
    expect(classify(`${HEAD} [error] 1#1: *4 ${rest}`)).toBeNull();
  });
});

describe('a line with fields missing', () => {
  it.each([
    [`connect() failed (111: Connection refused) ${CONNECT}`, 'connection-refused 502'],
    [
      `connect() failed (111: Connection refused) ${CONNECT}, client: 10.0.0.1`,
      'connection-refused 502',
    ],
    [
      `connect() failed (111: Connection refused) ${CONNECT}, client: 10.0.0.1, server: shop`,
      'connection-refused 502',
    ],
    [
      `upstream sent too big header ${HEADER}, client: 10.0.0.1, server: , request: "GET /aaa`,
      'header-too-big 502',
    ],
  ])('is still known: %s', (rest, verdict) => {
    expect(classify(`${HEAD} [error] 1#1: *4 ${rest}`)).toBe(verdict);
  });

  it('is known when a subrequest failed', () => {
    const line = `${HEAD} [error] 1#1: *4 connect() failed (111: Connection refused) ${CONNECT}, client: 10.0.0.1, server: s, request: "GET / HTTP/1.1", subrequest: "/auth", upstream: "http://127.0.0.1:8000/auth", host: "s"`;
    expect(classify(line)).toBe('connection-refused 502');
  });
});

describe('text of others', () => {
  const said = fc.constantFrom(
    `connect() failed (111: Connection refused) ${CONNECT}`,
    `upstream timed out (110: Connection timed out) ${HEADER}`,
    `no live upstreams ${CONNECT}`,
    `open() "/srv/x" failed (2: No such file or directory)`,
    'access forbidden by rule',
    `auth request unexpected status: 502 ${TO_CLIENT}`,
  );

  it('in the request, the host and the Referer changes nothing', () => {
    fc.assert(
      fc.property(said, clientText, clientText, clientText, (message, uri, host, referrer) => {
        const head = `${HEAD} [error] 1#1: *4 ${message}, client: 203.0.113.9, server: s, request: `;
        const plain = `${head}"GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "s"`;
        const evil = `${head}"GET /${uri} HTTP/1.1", upstream: "http://127.0.0.1:8000/${uri}", host: "${host}", referrer: "${referrer}"`;
        expect(classify(evil)).toBe(classify(plain));
      }),
    );
  });

  it('in a path NGINX opens makes no failure of it', () => {
    fc.assert(
      fc.property(clientText, (path) => {
        const message = `open() "/srv/${path}" failed (2: No such file or directory)`;
        expect(classifyMessage('error', message)).toBeNull();
      }),
    );
  });

  it('in a name to resolve leaves it a name', () => {
    const names = fc.constantFrom(
      `connect() failed (111: Connection refused) ${CONNECT}`,
      `upstream timed out (110: Connection timed out) ${HEADER}`,
      'open() "/tmp/0000000001" failed (28: x)',
      '1024 worker_connections are not enough',
      'a (1: b) while c',
      'worker process 7 exited on signal 9',
      'accept4() failed (24: x)',
      'no live upstreams while x',
    );
    fc.assert(
      fc.property(names, (name) => {
        const message = `${name} could not be resolved (3: Host not found)`;
        expect(classifyMessage('error', message)).toBe('dns-failed 502');
      }),
    );
  });

  it('in a header of the upstream leaves it an invalid header', () => {
    const header = `"X: connect() failed (111: Connection refused) ${CONNECT}"`;
    expect(
      classifyMessage(
        'error',
        `upstream sent duplicate header line: ${header}, previous value: "X" ${HEADER}`,
      ),
    ).toBe('invalid-header 502');
  });
});
