/**
 * What else the service's logs said around an incident's failures: looked up at the moment of alerting, bounded, and
 * never worth an alert: whatever goes wrong, the message goes out without it.
 */
import { hostOfStream } from '../host-of-stream.ts';
import type { ContextLine } from '../messages/alert.ts';
import { type Redaction, redactText } from '../redact.ts';
import { anchorOf, chooseSearches, MAX_SEARCHES, type SearchChoice } from './choose-searches.ts';
import { type ContextEntry, entriesOf } from './context-entries.ts';
import type { TransitionKind } from './incident.ts';
import type { FoundEvent, LogSearch } from './log-search.ts';
import { LEFT_OUT, pickContext } from './pick-context.ts';

export type LogContext = {
  /** Oldest first, redacted; at most `MAX_CONTEXT_LINES`. */
  readonly lines: readonly ContextLine[];
  /** Why a search gave nothing. */
  readonly errors: readonly unknown[];
};

export type LogContextTask = SearchChoice & {
  /** See `hostOfStream`. */
  readonly streamTemplates: readonly string[];
  readonly redaction: Redaction;
};

/** Read of one search, in characters, so that 64 kB are read of all; and of one event, which may have a megabyte. */
const MAX_READ = 65_536 / MAX_SEARCHES;
const MAX_EVENT = MAX_READ / 2;

/** Whether a message of this kind is worth a look into the logs: it says something that was not told before. */
export function isContextWanted(kind: TransitionKind): boolean {
  return kind === 'opened' || kind === 'reopened' || kind === 'escalated';
}

/** Never rejects: what could not be searched is left out. */
export async function lookUpContext(search: LogSearch, task: LogContextTask): Promise<LogContext> {
  const searches = chooseSearches(task);
  const results = await Promise.allSettled(searches.map(async (query) => search(query)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const seen = new Set<string>();
  const entries = results.flatMap((result, index) => {
    const role = searches[index]?.role;
    if (result.status === 'rejected' || !role) return [];
    return entriesOf(role, readable(result.value, { seen, redaction: task.redaction }));
  });
  const { evidence } = task.transition.diagnosis;
  const picked = pickContext(entries, { anchorMs: anchorOf(task), evidence });
  return { lines: picked.flatMap((entry) => linesOf(entry, task.streamTemplates)), errors };
}

type Reading = { readonly seen: Set<string>; readonly redaction: Redaction };

/** As much of the events as is read, without those of an earlier search; redacted before anything is cut short. */
function readable(
  events: readonly FoundEvent[],
  { seen, redaction }: Reading,
): readonly FoundEvent[] {
  let room = MAX_READ;
  const fresh = events.filter((event) => !seen.has(keyOf(event)));
  for (const event of events) seen.add(keyOf(event));
  return fresh.flatMap((event) => {
    if (room <= 0) return [];
    const lines = wholeLines(event.message, Math.min(room, MAX_EVENT));
    room -= lines.reduce((sum, line) => sum + line.length + 1, 0);
    return [{ ...event, message: lines.map((line) => redactText(line, redaction)).join('\n') }];
  });
}

function keyOf({ at, stream, message }: FoundEvent): string {
  return `${at} ${stream} ${message.slice(0, MAX_EVENT)}`;
}

/** Of a long message its first and its last lines, none in part: a traceback's end says most. */
function wholeLines(message: string, room: number): readonly string[] {
  if (message.length <= room) return message.split('\n');
  const head = message.slice(0, room / 4).split('\n');
  const tail = message.slice(-Math.ceil((room * 3) / 4)).split('\n');
  const lines = [...head.slice(0, -1), LEFT_OUT, ...tail.slice(1)];
  return lines.length > 1 ? lines : [message.slice(0, room)];
}

function linesOf(
  { at, role, stream, lines }: ContextEntry,
  templates: readonly string[],
): ContextLine[] {
  const host = hostOfStream(stream, templates);
  return lines.map((line) => ({ at, host, role, line }));
}
