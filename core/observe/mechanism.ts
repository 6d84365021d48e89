/**
 * One NGINX error line → what NGINX saw of one failed try (`causes.md` A2 to A12). The rule is chosen by the
 * message's first word and by the phase, NGINX's `log->action`: both stand where no client and no upstream
 * can write, so that a name, a path or a header in the message cannot choose it.
 */
import type { MechanismId, NginxErrorLine, VisibleStatus } from '../model.ts';
import {
  classifyDns,
  classifyFile,
  classifyLimit,
  classifyOpen,
  classifyStart,
  classifyWorker,
} from './mechanism-local.ts';
import {
  classifyBind,
  classifyConnect,
  classifyReceive,
  classifySend,
  classifySocket,
  classifyTls,
} from './mechanism-syscall.ts';
import { classifyUpstream } from './mechanism-upstream.ts';

/** What one line alone says: the mechanism, and what its client gets. */
export type Mechanism = { readonly mechanism: MechanismId; readonly visible: VisibleStatus };

/** What NGINX was doing with the upstream; `downstream` is sending its answer on, `none` is anything else. */
export type Phase =
  | 'connect'
  | 'handshake'
  | 'send'
  | 'header'
  | 'body'
  | 'upgraded'
  | 'downstream'
  | 'resolve'
  | 'none';

type Rule = (line: NginxErrorLine, phase: Phase) => Mechanism | null;

/** `c->log->action` in nginx http/ngx_http_upstream.c and event/ngx_event_pipe.c. */
const PHASES: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['connecting to upstream', 'connect'],
  ['SSL handshaking to upstream', 'handshake'],
  ['sending request to upstream', 'send'],
  ['reading response header from upstream', 'header'],
  ['reading upstream', 'body'],
  ['proxying upgraded connection', 'upgraded'],
  ['sending to client', 'downstream'],
]);

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['upstream', classifyUpstream],
  ['connect()', classifyConnect],
  ['no', classifyNo],
  ['recv()', classifyReceive],
  ['readv()', classifyReceive],
  ['WSARecv()', classifyReceive],
  ['writev()', classifySend],
  ['send()', classifySend],
  ['sendfile()', classifySend],
  ['WSASend()', classifySend],
  ['kevent()', classifyReported],
  ['epoll_wait()', classifyReported],
  ['client', classifyClient],
  ['SSL_do_handshake()', classifyTls],
  ['SSL_write()', classifyTls],
  ['SSL_read()', classifyTls],
  ['peer', classifyTls],
  ['socket()', classifySocket],
  ['accept4()', classifyLimit],
  ['accept()', classifyLimit],
  ['open()', classifyOpen],
  ['CreateFile()', classifyOpen],
  ['pwrite()', classifyFile],
  ['pwritev()', classifyFile],
  ['write()', classifyFile],
  ['WriteFile()', classifyFile],
  ['mkdir()', classifyFile],
  ['CreateDirectory()', classifyFile],
  ['worker', classifyWorker],
  ['host', classifyStart],
  ['resolving', classifyStart],
  ['load', classifyStart],
]);

/** The mechanism of a line and what its client gets; `null` for every other line, look-alikes included. */
export function classifyMechanism(line: NginxErrorLine): Mechanism | null {
  const phase = phaseOf(line.action);
  if (line.request === null && isOtherModule(line)) return null;
  const { message } = line;
  const space = message.indexOf(' ');
  const rule = space < 0 ? undefined : RULES.get(message.slice(0, space));
  if (rule !== undefined) {
    const mechanism = rule(line, phase);
    if (mechanism !== null) return mechanism;
  } else if (message.startsWith('bind(')) {
    return classifyBind(line, phase);
  }
  return classifyLimit(line, phase) ?? classifyDns(line, phase);
}

function phaseOf(action: string | null): Phase {
  if (action === null) return 'none';
  return PHASES.get(action) ?? (action.startsWith('resolving') ? 'resolve' : 'none');
}

/** The stream and mail modules say the same: their upstream has no scheme, their server is an address. */
function isOtherModule(line: NginxErrorLine): boolean {
  if (line.upstream !== null) return !line.upstream.includes('://');
  if (line.server === null || line.isTruncated) return false;
  return line.server.startsWith('unix:') || /:\d+$/.test(line.server);
}

/** `no live upstreams`, `no resolver defined to resolve NAME`. */
function classifyNo(line: NginxErrorLine, phase: Phase): Mechanism | null {
  if (!line.message.startsWith('no live upstreams while ')) return classifyStart(line, phase);
  return phase === 'connect' ? { mechanism: 'no-live-upstreams', visible: '502' } : null;
}

/** What the event module found before a system call did: kqueue says so of upstreams too. */
function classifyReported(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  const at = message.indexOf(' reported ');
  if (message.startsWith('that client prematurely closed', at + 10)) {
    return classifyClient(line, phase);
  }
  if (message.startsWith('that connect() failed', at + 10)) return classifyConnect(line, phase);
  const isClosed = message.startsWith('about an closed connection', at + 10);
  return isClosed ? classifyReceive(line, phase) : null;
}

/** nginx http/ngx_http_upstream.c `ngx_http_upstream_check_broken_connection`. */
function classifyClient(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  if (!message.includes('client prematurely closed connection')) return null;
  const isBeforeHeader = phase === 'connect' || phase === 'send' || phase === 'header';
  const isUpstreamClosed = message.includes('so upstream connection is closed too');
  return {
    mechanism: 'client-aborted',
    visible: isUpstreamClosed && isBeforeHeader ? '499' : 'none',
  };
}
