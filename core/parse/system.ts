/**
 * Who wrote a line of a system log (journal, syslog, `dmesg`, `audit.log`). The program named in the line's
 * prefix decides what its text can mean: the words of the kernel in an application's line mean nothing.
 */
import { parseGunicornLine } from './gunicorn-error.ts';
import { readKernelStamp } from './kernel-stamp.ts';
import { parseMsec } from './time.ts';

/** A line whose wrapper has been taken off, see `Envelope`. */
export type SystemInput = {
  readonly text: string;
  /** The program: `kernel`, `systemd`, `gunicorn`; `null` when the line had no prefix. */
  readonly tag: string | null;
  readonly pid: number | null;
  /** Epoch milliseconds. */
  readonly at: number | null;
};

/** `gunicorn`: the text is a line of Gunicorn's log, to be put together with the others of its tag. */
export type SystemSource =
  | 'kernel'
  | 'systemd'
  | 'audit'
  | 'oomd'
  | 'container'
  | 'gunicorn'
  | 'other';

export type SystemLine = {
  readonly source: SystemSource;
  readonly text: string;
  /** Epoch milliseconds; `null`: the line has no time that other logs share. */
  readonly at: number | null;
  /** The time has no zone (`dmesg -T`), and was read as UTC. */
  readonly isLocal: boolean;
  /** The process that wrote it. */
  readonly pid: number | null;
};

const SOURCES: Readonly<Record<string, SystemSource>> = {
  kernel: 'kernel',
  systemd: 'systemd',
  audit: 'audit',
  auditd: 'audit',
  setroubleshoot: 'audit',
  'systemd-oomd': 'oomd',
  earlyoom: 'oomd',
  kubelet: 'container',
  containerd: 'container',
  dockerd: 'container',
  k3s: 'container',
};

const SERVERS = /^(?:gunicorn|uvicorn|hypercorn|python[\d.]*$|gunicorn\S*$)/;
/** Prefixes that a wrapper without time leaves in the text. */
const BARE_TAG = /^(kernel|systemd(?:\[\d{1,9}\])?): /;

/**
 * The line with its writer. `gunicornTags` remembers, if given, the programs that wrote a line with
 * Gunicorn's header (a unit may call itself anything), so that their tracebacks are handed on too.
 */
export function parseSystemLine(input: SystemInput, gunicornTags?: Set<string>): SystemLine {
  const { tag, text, at, pid } = input;
  if (tag === null) return parseUntagged(input);
  const source = SOURCES[tag] ?? sourceOf(tag, text, gunicornTags);
  if (source !== 'kernel') return { source, text, at, isLocal: false, pid };
  const stamp = readKernelStamp(text);
  const message = stamp === null ? text : text.slice(stamp.end);
  return { ...kernelLine(message, at), pid };
}

const MAX_TAGS = 64;

/** systemd's children call themselves `(gunicorn)` until they have started it. */
function sourceOf(tag: string, text: string, gunicornTags?: Set<string>): SystemSource {
  if (tag.startsWith('(') && tag.endsWith(')')) return 'systemd';
  if (SERVERS.test(tag) || gunicornTags?.has(tag)) return 'gunicorn';
  if (text.charCodeAt(0) !== 91) return 'other';
  const line = parseGunicornLine(text);
  if (line === null || line.form !== 'stamped' || line.pid === null) return 'other';
  if (gunicornTags && gunicornTags.size < MAX_TAGS) gunicornTags.add(tag);
  return 'gunicorn';
}

function parseUntagged(input: SystemInput): SystemLine {
  const { text, at, pid } = input;
  const stamp = readKernelStamp(text);
  if (stamp !== null) {
    const time = stamp.at ?? at;
    return { ...kernelLine(text.slice(stamp.end), time), isLocal: stamp.isLocal, pid };
  }
  if (text.startsWith('type=')) return kernelLine(text, at);
  const bare = BARE_TAG.exec(text.slice(0, 24));
  if (bare !== null) {
    const tag = bare[1]?.startsWith('kernel') ? 'kernel' : 'systemd';
    return parseSystemLine({ ...input, tag, text: text.slice(bare[0].length) });
  }
  const isEvent = /^(?:\S+ +)?(?:Normal|Warning|State:|Reason:|Last State:) /.test(
    text.trimStart(),
  );
  return { source: isEvent ? 'container' : 'other', text, at, isLocal: false, pid };
}

/** Audit records come through the kernel, too; they have a time of their own. */
function kernelLine(text: string, at: number | null): SystemLine {
  const line = { text, at, isLocal: false, pid: null };
  const mark = text.slice(0, 64).indexOf('audit(');
  if (mark < 0) return { ...line, source: 'kernel' };
  const start = mark + 'audit('.length;
  const end = text.indexOf(':', start);
  const own = end < 0 || end - start > 20 ? null : parseMsec(text.slice(start, end));
  return { ...line, source: 'audit', at: own ?? at };
}
