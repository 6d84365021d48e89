/** Wrappers that put the line into a JSON object: Docker, fluent-bit, journald, log shippers. */
import { parseCount } from './byte-string.ts';
import type { Layer } from './envelope.ts';
import { holdsLogLine, peelTimeless } from './envelope-syslog.ts';
import { readJsonFields } from './json-line.ts';
import { parseIso8601 } from './time.ts';

type Fields = ReadonlyMap<string, string>;

/**
 * A line in a JSON object, or `null`: an access log that is JSON itself, a Gunicorn JSON logger. Which it is
 * shows in the keys, and no logged value can add a key.
 */
export function peelJson(text: string): Layer | null {
  if (!hasWrapperKey(text)) return null;
  const fields = readJsonFields(text);
  if (fields === null) return null;
  return fromDocker(fields) ?? fromJournal(fields) ?? fromShipper(fields);
}

function hasWrapperKey(text: string): boolean {
  return text.includes('"log"') || text.includes('"MESSAGE"') || text.includes('"message"');
}

/** `{"log":"…\n","stream":"stderr","time":"…"}`, and what fluent-bit and fluentd make of it. */
function fromDocker(fields: Fields): Layer | null {
  const log = fields.get('log');
  const tag = fields.get('kubernetes.container_name') ?? fields.get('container_name') ?? null;
  if (log === undefined || (tag === null && !fields.has('stream'))) return null;
  const isWhole = log.endsWith('\n');
  const isDocker = tag === null && fields.has('time') && !fields.has('logtag');
  return {
    text: isWhole ? log.slice(0, -1) : log,
    at: parseIso8601(fields.get('time') ?? ''),
    host: fields.get('kubernetes.pod_name') ?? null,
    tag,
    isPartial: isDocker ? !isWhole : fields.get('logtag') === 'P',
  };
}

/** `journalctl -o json`; a message with bytes below 32 or bad UTF-8 is an array of numbers. */
function fromJournal(fields: Fields): Layer | null {
  const message = fields.get('MESSAGE');
  if (message === undefined) return null;
  const stamp = parseCount(fields.get('__REALTIME_TIMESTAMP') ?? '');
  return {
    text: message.startsWith('[') ? (bytesOf(message) ?? message) : message,
    at: stamp === null ? null : Math.floor(stamp / 1000),
    host: fields.get('_HOSTNAME') ?? null,
    tag: fields.get('SYSLOG_IDENTIFIER') ?? fields.get('_COMM') ?? null,
    pid: parseCount(fields.get('_PID') ?? ''),
  };
}

/** `[50,48,50,54]` to the text of those bytes; `null` for a message that only starts like it. */
function bytesOf(array: string): string | null {
  if (!array.endsWith(']')) return null;
  const bytes = array.slice(1, -1).split(',');
  const codes: string[] = [];
  for (const byte of bytes) {
    const code = parseCount(byte.trim());
    if (code === null || code > 255) return null;
    codes.push(String.fromCharCode(code));
  }
  return codes.join('');
}

/** Filebeat, Vector and their like, only when the message is a line of NGINX or Gunicorn. */
function fromShipper(fields: Fields): Layer | null {
  const message = fields.get('message');
  if (message === undefined) return null;
  const inner = peelTimeless(message);
  if (inner === null && !holdsLogLine(message)) return null;
  return {
    ...(inner ?? { text: message }),
    at: parseIso8601(fields.get('@timestamp') ?? fields.get('timestamp') ?? ''),
  };
}
