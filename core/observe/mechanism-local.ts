/** What NGINX ran out of or could not look up by itself (`causes.md` A5, A7, A9). */
import type { NginxErrorLine } from '../model.ts';
import { digitAt, endOfDigits } from '../parse/byte-string.ts';
import { errnoKind } from './errno.ts';
import type { Mechanism, Phase } from './mechanism.ts';
import { classifyFileWrite } from './mechanism-syscall.ts';

const NOT_RESOLVED = ' could not be resolved (';
const NO_CONNECTIONS = ' worker_connections are not enough';

/** The directories NGINX itself makes at start-up, by the ends of their names (auto/options, Debian, RPM). */
const TEMP_DIRECTORIES = ['_temp', '/body', '/proxy', '/fastcgi', '/uwsgi', '/scgi'];

const CONFIG_NAMES = [
  'host not found in upstream ',
  'host not found in resolver ',
  'resolving names at run time requires upstream ',
  'load balancing method does not support resolving names',
];

/** Names NGINX could not resolve when it read its configuration, or has no resolver for at run time. */
export function classifyStart(line: NginxErrorLine, _phase: Phase): Mechanism | null {
  const { message } = line;
  const isUnresolved = CONFIG_NAMES.some((words) => message.startsWith(words));
  if (!isUnresolved && !message.startsWith('no resolver defined to resolve ')) return null;
  const isRequest = !isUnresolved && line.client !== null;
  return { mechanism: 'dns-not-configured', visible: isRequest ? '502' : 'none' };
}

/** nginx core/ngx_resolver.c; the name may come from the client, so the number must end the message. */
export function classifyDns(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  const at = message.lastIndexOf(NOT_RESOLVED);
  if (at < 0) return isResolverFault(message) ? { mechanism: 'dns-failed', visible: 'none' } : null;
  const digits = at + NOT_RESOLVED.length;
  if (!message.startsWith(': ', endOfDigits(message, digits)) || digitAt(message, digits) < 0) {
    return null;
  }
  // Another action after it: the address of a mail client, an OCSP responder.
  if (message.indexOf(' while ', digits) >= 0 && phase === 'none') return null;
  return { mechanism: 'dns-failed', visible: line.client === null ? 'none' : '502' };
}

function isResolverFault(message: string): boolean {
  return (
    message.startsWith('DNS error (') ||
    message.startsWith('unexpected DNS response') ||
    message.startsWith('wrong ident ')
  );
}

/** `N worker_connections are not enough`, and the `accept()` and `open()` that found no descriptor. */
export function classifyLimit(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  const digits = endOfDigits(message, 0);
  const visible = phase === 'connect' ? '500' : 'none';
  if (digits > 0 && message.startsWith(NO_CONNECTIONS, digits)) {
    const rest = message.slice(digits + NO_CONNECTIONS.length);
    const isWhole = rest === '' || rest === ', reusing connections' || rest.startsWith(' while ');
    return isWhole ? { mechanism: 'nginx-limit', visible } : null;
  }
  if (line.client !== null || !message.startsWith('accept')) return null;
  const isLimit = errnoKind(line.errno, message) === 'too-many-files';
  return isLimit ? { mechanism: 'nginx-limit', visible: 'none' } : null;
}

/** A file NGINX could not open: its own temporary file, or any file for want of a descriptor. */
export function classifyOpen(line: NginxErrorLine, phase: Phase): Mechanism | null {
  // A static file that is not there is `error`; its path is the client's to choose.
  if (line.level !== 'crit') return null;
  const file = classifyFileWrite(line, phase);
  if (errnoKind(line.errno, line.message) === 'too-many-files' && file !== null) {
    return { mechanism: 'nginx-limit', visible: file.visible };
  }
  return isUpstreamPhase(phase) || isNumbered(line.message, 10) ? file : null;
}

/** `pwrite() "…"` and `mkdir() "…"`; `write() to "…"` is a log. */
export function classifyFile(line: NginxErrorLine, phase: Phase): Mechanism | null {
  const { message } = line;
  if (!message.includes('() "')) return null;
  if (!message.startsWith('mkdir') && !message.startsWith('CreateDir')) {
    return classifyFileWrite(line, phase);
  }
  if (isUpstreamPhase(phase) || isNumbered(message, 1)) return classifyFileWrite(line, phase);
  const isTemp = TEMP_DIRECTORIES.some((name) => quotedPath(message).endsWith(name));
  return isTemp && line.client === null ? { mechanism: 'temp-storage', visible: 'none' } : null;
}

function isUpstreamPhase(phase: Phase): boolean {
  return phase !== 'none' && phase !== 'resolve' && phase !== 'downstream';
}

/** Whether the path's last part is digits alone, `atLeast` of them, as NGINX names temporary files. */
function isNumbered(message: string, atLeast: number): boolean {
  const path = quotedPath(message);
  const name = path.lastIndexOf('/') + 1;
  return path.length - name >= atLeast && endOfDigits(path, name) === path.length;
}

/** The path between the first quote and ` failed`. */
function quotedPath(message: string): string {
  const from = message.indexOf('"') + 1;
  const end = message.lastIndexOf('" failed (');
  return end < from ? '' : message.slice(from, end);
}

/** nginx os/unix/ngx_process.c `ngx_process_get_status`. */
export function classifyWorker(line: NginxErrorLine, _phase: Phase): Mechanism | null {
  const { message } = line;
  const pidAt = 'worker process '.length;
  const pidEnd = message.startsWith('worker process ') ? endOfDigits(message, pidAt) : -1;
  if (pidEnd <= pidAt || line.client !== null) return null;
  const isDead =
    message.startsWith(' exited on signal ', pidEnd) ||
    message.startsWith(' exited with fatal code ', pidEnd);
  return isDead ? { mechanism: 'nginx-died', visible: 'none' } : null;
}
