/** From the lines of a host's Gunicorn and system logs to signals and answers. */
import { LOG_ROLES, type Observation } from '../model.ts';
import { observeAnswer } from '../observe/answer.ts';
import { observeGunicornEntry } from '../observe/signal-gunicorn.ts';
import { SystemObserver } from '../observe/signal-system.ts';
import { unwrap } from '../parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from '../parse/gunicorn-entry.ts';
import { parseSystemLine } from '../parse/system.ts';
import { withoutMarks } from '../redact/mark.ts';
import { offsetBetween } from '../zone.ts';
import type { BackendLog } from './gather.ts';
import type { BackendLine } from './stream-minute.ts';

type Add = (observation: Observation) => void;

/** Hands on what a log says, in order. The log is read from its first line: what came before it is not known. */
export function readBackendLog(host: string, log: BackendLog, add: Add): void {
  const role = LOG_ROLES.find((known) => known === log.role);
  const addShown: Add = (observation) => add(shown(observation));
  if (role === 'gunicorn') readGunicorn(host, log, addShown);
  if (role === 'system') readSystem(host, log, addShown);
}

/** The marks of queries are for comparing requests alone; what is shown has none. */
function shown(observation: Observation): Observation {
  const line = withoutMarks(observation.line);
  if (observation.kind !== 'signal') return { ...observation, line };
  const { exception, reason } = observation.facts;
  const facts = {
    ...observation.facts,
    ...(exception === undefined ? {} : { exception: withoutMarks(exception) }),
    ...(reason === undefined ? {} : { reason: withoutMarks(reason) }),
  };
  return { ...observation, line, facts };
}

function readGunicorn(host: string, { path, lines }: BackendLog, add: Add): void {
  const reader = new EntryReader(host, path, add, true);
  eachLine(lines, ({ at, text }) => {
    const envelope = unwrap(text);
    reader.push(envelope.text, envelope.at ?? at, at);
  });
  reader.finish();
}

/** journald and syslog keep Gunicorn's output among that of systemd and the kernel. */
function readSystem(host: string, { path, lines }: BackendLog, add: Add): void {
  const observer = new SystemObserver();
  const gunicorn = new EntryReader(host, path, add, false);
  const tags = new Set<string>();
  const origin = { path, lineNumber: 0 };
  eachLine(lines, ({ at, text }) => {
    const envelope = unwrap(text);
    const parsed = parseSystemLine({ ...envelope, at: envelope.at ?? at }, tags);
    if (parsed.source === 'gunicorn') {
      gunicorn.push(parsed.text, parsed.at, at);
      return;
    }
    const signal = observer.observe(parsed, { host, origin, line: text, undatedAt: at });
    if (signal) add(signal);
  });
  gunicorn.finish();
}

/** A line that breaks a parser takes no other with it. */
function eachLine(lines: readonly BackendLine[], take: (line: BackendLine) => void): void {
  for (const line of lines) {
    try {
      take(line);
    } catch {
      // It was taken in, and says nothing that this version can read.
    }
  }
}

class EntryReader {
  readonly #host: string;
  readonly #origin: { readonly path: string; readonly lineNumber: number };
  readonly #add: Add;
  readonly #assembler: GunicornAssembler;
  #undatedAt = 0;

  constructor(host: string, path: string, add: Add, keepsRequests: boolean) {
    this.#host = host;
    this.#origin = { path, lineNumber: 0 };
    this.#add = add;
    this.#assembler = new GunicornAssembler({ keepsRequests });
  }

  push(text: string, at: number | null, takenInAt: number): void {
    this.#undatedAt = takenInAt;
    this.#addAll(this.#assembler.push(text, at, this.#origin));
  }

  finish(): void {
    this.#addAll(this.#assembler.flush());
  }

  /** A time without a zone is that of the machine, and not far from when the event was taken in. */
  #offset({ at, isLocal }: GunicornEntry): number {
    return isLocal && at !== null ? offsetBetween(at, this.#undatedAt) : 0;
  }

  #addAll(entries: readonly GunicornEntry[]): void {
    for (const entry of entries) {
      const about = {
        host: this.#host,
        undatedAt: this.#undatedAt,
        localOffsetMs: this.#offset(entry),
      };
      const observed = entry.request
        ? observeAnswer(entry, about)
        : observeGunicornEntry(entry, about);
      if (observed) this.#add(observed);
    }
  }
}
