/** Puts found events together as whoever wrote them meant them: lines that belong to one message, tracebacks whole. */
import type { LogRole } from '../model.ts';
import { isChainMarker, isInsideBlock, isTracebackStart } from '../parse/gunicorn-traceback.ts';
import type { FoundEvent } from './log-search.ts';

export type ContextEntry = {
  /** Of its first line, epoch milliseconds. */
  readonly at: number;
  readonly role: LogRole;
  readonly stream: string;
  readonly lines: readonly string[];
  readonly isTraceback: boolean;
};

/** Of a line; NGINX's end at 2,048, and nobody reads a longer one in a message. */
const MAX_LINE = 1_000;
/** Between a header and its traceback where each line is an event. */
const SAME_MESSAGE_MS = 1_000;

type Phase = 'message' | 'frames' | 'after' | 'chained';
type OpenEntry = { -readonly [K in keyof ContextEntry]: ContextEntry[K] } & {
  lines: string[];
  phase: Phase;
};

/** The entries of one log, in the order of their first lines. */
export function entriesOf(role: LogRole, events: readonly FoundEvent[]): readonly ContextEntry[] {
  const entries: OpenEntry[] = [];
  const open = new Map<string, OpenEntry>();
  for (const event of [...events].sort((a, b) => a.at - b.at)) {
    for (const [index, raw] of event.message.split(/\r?\n/).entries()) {
      const line = raw.slice(0, MAX_LINE);
      const current = open.get(event.stream);
      if (current && belongs(current, line, { at: event.at, isSameEvent: index > 0 })) {
        append(current, line);
        continue;
      }
      if (line.trim() === '') continue;
      const entry = begin(role, event, line);
      entries.push(entry);
      open.set(event.stream, entry);
    }
  }
  return entries.map(({ phase, ...entry }) => ({ ...entry, lines: trimmed(entry.lines) }));
}

function begin(role: LogRole, { at, stream }: FoundEvent, line: string): OpenEntry {
  const isTraceback = isTracebackStart(line);
  const phase = isTraceback ? 'frames' : 'message';
  return { at, role, stream, lines: [line], isTraceback, phase };
}

type Position = { readonly at: number; readonly isSameEvent: boolean };

/** Whether a line goes on with what its stream said before. */
function belongs(entry: OpenEntry, line: string, { at, isSameEvent }: Position): boolean {
  if (isSameEvent) return true;
  switch (entry.phase) {
    case 'frames':
      return true;
    case 'after':
      return line === '' || isChainMarker(line);
    case 'chained':
      return line === '' || isTracebackStart(line);
    case 'message':
      return isTracebackStart(line) && at - entry.at <= SAME_MESSAGE_MS && isHeader(entry);
  }
}

/** `[…] [ERROR] Error handling request /`, `ERROR:root:failed`. */
function isHeader({ lines }: OpenEntry): boolean {
  return lines.length === 1 && /\b(?:error|critical|exception)\b/i.test(lines[0] ?? '');
}

function append(entry: OpenEntry, line: string): void {
  entry.lines.push(line);
  if (isTracebackStart(line)) {
    entry.isTraceback = true;
    entry.phase = 'frames';
  } else if (entry.phase === 'frames' && !isInsideBlock(line)) {
    entry.phase = 'after';
  } else if (isChainMarker(line)) {
    entry.phase = 'chained';
  }
}

function trimmed(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}
