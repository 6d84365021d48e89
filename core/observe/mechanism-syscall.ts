/** What a failed system call on an upstream connection means (`causes.md` A2, A3, A4, A5, A8). */
import type { MechanismId, NginxErrorLine } from '../model.ts';
import { type ErrnoKind, errnoKind } from './errno.ts';
import type { Mechanism, Phase } from './mechanism.ts';

/** nginx event/ngx_event_connect.c and http/ngx_http_upstream.c `ngx_http_upstream_test_connect`. */
const CONNECT_FAILURES: ReadonlyMap<ErrnoKind, MechanismId> = new Map<ErrnoKind, MechanismId>([
  ['refused', 'connection-refused'],
  ['missing', 'socket-missing'],
  ['denied', 'permission-denied'],
  ['timeout', 'connect-timeout'],
  ['unreachable', 'host-unreachable'],
  ['no-address', 'no-source-port'],
  ['reset', 'connection-reset'],
]);

/** Once there is a connection: what the network says of it is not what the application did. */
const BROKEN_PATHS: ReadonlyMap<ErrnoKind, MechanismId> = new Map<ErrnoKind, MechanismId>([
  ['refused', 'connection-refused'],
  ['timeout', 'host-unreachable'],
  ['unreachable', 'host-unreachable'],
]);

/** `connect() failed (…)` and `connect() to ADDRESS failed (…)`; the errno decides. */
export function classifyConnect(line: NginxErrorLine, phase: Phase): Mechanism | null {
  if (phase === 'resolve') return { mechanism: 'dns-failed', visible: 'none' };
  if (phase !== 'connect') return null;
  const kind = kindOf(line);
  // EAGAIN is a full queue for a unix socket alone; TCP never says it of a queue.
  if (kind === 'would-block') {
    const isUnix = line.message.startsWith('connect() to unix:');
    return isUnix ? { mechanism: 'accept-queue-full', visible: '502' } : null;
  }
  return failed(CONNECT_FAILURES.get(kind));
}

/** `recv() failed (…)`, `readv() failed (…)`: before the header the client gets a 502, after it a cut answer. */
export function classifyReceive(line: NginxErrorLine, phase: Phase): Mechanism | null {
  switch (phase) {
    case 'connect':
    case 'resolve':
      return classifyConnect(line, phase);
    case 'handshake':
      return failed('tls-failed');
    case 'send':
    case 'header':
      return failed(kindOf(line) === 'reset' ? 'connection-reset' : BROKEN_PATHS.get(kindOf(line)));
    case 'body':
      return { mechanism: 'body-cut', visible: 'none' };
    case 'upgraded':
      return cutUpgraded(line);
    default:
      return null;
  }
}

/** `writev() failed (…)`, `sendfile() reported that "…" was truncated`; `writev() "FILE" …` is a file's. */
export function classifySend(line: NginxErrorLine, phase: Phase): Mechanism | null {
  if (line.message.includes('() "')) return classifyFileWrite(line, phase);
  switch (phase) {
    case 'connect':
    case 'resolve':
      return classifyConnect(line, phase);
    case 'handshake':
      return failed('tls-failed');
    case 'send':
    case 'header':
      return failed(BROKEN_PATHS.get(kindOf(line)) ?? 'write-failed');
    case 'upgraded':
      return cutUpgraded(line);
    default:
      return null;
  }
}

/** A write to a temporary file; the client is answered 500 unless the answer is already on its way. Windows logs it at `error`. */
export function classifyFileWrite(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const isSevere = line.level === 'crit' || line.level === 'alert';
  if (!isSevere && !line.message.startsWith('WriteFile()')) return null;
  const isAnswered = phase === 'body' || phase === 'downstream';
  return {
    mechanism: 'temp-storage',
    visible: isAnswered || line.client === null ? 'none' : '500',
  };
}

/** The client's side of an upgraded connection is logged at `info`, the upstream's at `error`. */
function cutUpgraded(line: NginxErrorLine): Mechanism | null {
  return line.level === 'info' ? null : { mechanism: 'body-cut', visible: 'none' };
}

/** `SSL_do_handshake()`, `SSL_read()`, `SSL_write()`, `peer closed connection in SSL handshake`. */
export function classifyTls(line: NginxErrorLine, phase: Phase): Mechanism | null {
  if (phase === 'handshake') return failed('tls-failed');
  if (line.message.startsWith('SSL_write()')) {
    if (phase !== 'send' && phase !== 'header') return null;
    const kind = kindOf(line);
    return failed(kind === 'reset' || kind === 'broken-pipe' ? 'write-failed' : 'tls-failed');
  }
  if (!line.message.startsWith('SSL_read()')) return null;
  if (phase === 'body') return { mechanism: 'body-cut', visible: 'none' };
  if (phase === 'upgraded') return cutUpgraded(line);
  if (phase !== 'header' && phase !== 'send') return null;
  if (kindOf(line) === 'reset') return failed('connection-reset');
  // OpenSSL 3 calls a connection closed without a TLS goodbye an error; it is the same early close.
  const isEof = line.message.includes('unexpected eof while reading)');
  return failed(isEof ? 'premature-close' : 'tls-failed');
}

/** No socket for the upstream: NGINX answers 500 itself. */
export function classifySocket(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const visible = phase === 'connect' ? '500' : 'none';
  const kind = kindOf(line);
  if (kind === 'too-many-files') return { mechanism: 'nginx-limit', visible };
  const isFamilyOff = kind === 'no-family' && phase === 'connect';
  return isFamilyOff ? { mechanism: 'host-unreachable', visible } : null;
}

/** `bind(ADDRESS) failed` of `proxy_bind`: 98 is a source address without a free port; 99 is wrong. */
export function classifyBind(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const isExhausted = phase === 'connect' && kindOf(line) === 'address-in-use';
  return isExhausted ? { mechanism: 'no-source-port', visible: '500' } : null;
}

function kindOf(line: NginxErrorLine): ErrnoKind {
  return errnoKind(line.errno, line.message);
}

function failed(mechanism: MechanismId | undefined): Mechanism | null {
  return mechanism === undefined ? null : { mechanism, visible: '502' };
}
