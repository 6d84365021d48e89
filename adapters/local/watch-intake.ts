/** From lines of a file to rows of the table: what the ingest function does with a delivery. */
import { type BatchEvent, type EventSource, foldBatch } from '../../core/ingest.ts';
import type { LogRole } from '../../core/model.ts';
import type { LogFormat } from '../../core/parse/log-format.ts';
import { noteStream } from '../../core/records/note-streams.ts';
import { storeBatch } from '../../core/records/store-batch.ts';
import { redactMinutes } from '../../core/redact/stream-minute.ts';
import type { Redaction } from '../../core/redact.ts';
import type { Table } from '../../core/table.ts';

/** Lines of one log, in its order. */
export type LineBatch = {
  readonly role: LogRole;
  readonly host: string;
  readonly path: string;
  /** Of an access log; `null`: `combined`. */
  readonly format: LogFormat | null;
  /** Of the file: see `FilePosition`. */
  readonly generation: number;
  readonly lines: readonly TimedLine[];
};

export type TimedLine = {
  readonly text: string;
  /** In its file, bytes. */
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly at: number;
};

export type IntakeOptions = {
  readonly table: Table;
  readonly service: string;
  readonly redaction: Redaction;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
};

export type TakenIn = {
  /** There is something to evaluate. */
  readonly hasNews: boolean;
  readonly lines: number;
  readonly unparsed: number;
};

/** Takes lines in. The same lines of the same file count once, however often they come, in whichever grouping. */
export async function takeLines(batch: LineBatch, options: IntakeOptions): Promise<TakenIn> {
  const { role, host, path, format } = batch;
  const { table, service, nowMs, stamp } = options;
  const folded = foldBatch(eventsOf(batch), {
    role,
    host,
    path,
    unescape: unescapeText,
    ...(format && { format }),
  });
  const minutes = redactMinutes(folded.minutes, options.redaction);
  await storeBatch(table, { service, role, host, path, minutes, nowMs, stamp });
  return {
    hasNews: minutes.size > 0,
    lines: folded.events,
    unparsed: folded.unparsed + folded.poisoned,
  };
}

/** How long a log counts as heard without a word: far less than a note of it lives. */
const NOTED_MS = 6 * 3_600_000;

/** Notes which logs there are, so that their silence proves something; each again from time to time. */
export class StreamNotes {
  readonly #notedAt = new Map<string, number>();

  async note(batch: Pick<LineBatch, 'role' | 'host' | 'path'>, options: IntakeOptions) {
    const { role, host, path } = batch;
    const { service, nowMs, stamp } = options;
    const key = `${role}\n${host}\n${path}`;
    if (nowMs - (this.#notedAt.get(key) ?? Number.NEGATIVE_INFINITY) < NOTED_MS) return;
    await noteStream(options.table, { service, role, host, path, nowMs, stamp });
    this.#notedAt.set(key, nowMs);
  }
}

/** As CloudWatch's documents have them: what judges events by a look at their escaped text must not be fooled here. */
function eventsOf({ generation, lines }: LineBatch): EventSource {
  const give = (take: (event: BatchEvent) => void) => {
    for (const line of lines) take(eventOf(line, generation));
  };
  return {
    scan(take) {
      give(take);
      return true;
    },
    parse(take) {
      give(take);
      return 0;
    },
  };
}

function eventOf({ text, offset, at }: TimedLine, generation: number): BatchEvent {
  const id = idOf(generation, offset);
  const head = `${id}"${Math.max(0, Math.floor(at))},`;
  const escaped = JSON.stringify(text);
  return {
    // The quotes at both ends stay where they are: nobody looks beyond the message.
    text: head + escaped,
    idAt: 0,
    timeAt: id.length + 1,
    start: head.length + 1,
    end: head.length + escaped.length - 1,
  };
}

/** Grows with the order of the lines; of the files of one path no two lines have the same. */
function idOf(generation: number, offset: number): string {
  return String(generation).padStart(8, '0') + String(offset).padStart(16, '0');
}

/** The message stands between quotes already. */
function unescapeText(text: string, start: number, end: number): string {
  const message = text.slice(start, end);
  return message.includes('\\') ? JSON.parse(text.slice(start - 1, end + 1)) : message;
}
