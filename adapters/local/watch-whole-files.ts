/** Reads whole files into a table, as `diagnose` reads them, for what works on a table. */
import { AppError } from '../../core/errors.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import type { Redaction } from '../../core/redact.ts';
import type { Table } from '../../core/table.ts';
import { type CollectedLog, collectInputs, type NamedInput } from './collect-inputs.ts';
import { linesOf } from './follow-lines.ts';
import { StreamNotes, takeLines } from './watch-intake.ts';
import { LineClock } from './watch-line-clock.ts';
import { RequestCounter } from './watch-requests.ts';
import { WatchZone } from './watch-zone.ts';
import { addZoneSample } from './watch-zone-samples.ts';

export type WholeFilesOptions = {
  readonly inputs: readonly NamedInput[];
  readonly host: string | null;
  /** IANA name or offset for logs without a zone; `null`: found out. */
  readonly timeZone: string | null;
  /** Of access logs; `null`: recognised. */
  readonly format: LogFormat | null;
  readonly service: string;
  readonly redaction: Redaction;
  readonly table: Table;
};

export type WholeFiles = {
  readonly requests: RequestCounter;
  /** Times of the first and the last line, epoch milliseconds; `null`: no line has one. */
  readonly range: { readonly fromMs: number; readonly toMs: number } | null;
  /** Inputs that could not be read, in whole or in part. */
  readonly problems: readonly AppError[];
};

/** Nobody looks at more minutes than those of a year. */
const MOST_MINUTES = 366 * 24 * 60;

/** Throws `AppError` when nothing at all can be read. */
export async function readWholeFiles(options: WholeFilesOptions): Promise<WholeFiles> {
  const { host, format } = options;
  const { logs, problems } = await collectInputs(options.inputs, { host, format });
  const [first] = problems;
  if (logs.length === 0 && first) throw first;
  const reading = new Reading(options, await zonesOf(logs, options));
  const all = [...problems];
  for (const [index, log] of logs.entries()) {
    try {
      await reading.read(log, index + 1);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      all.push(error);
    } finally {
      log.input.close();
    }
  }
  return { requests: reading.requests, range: reading.range(), problems: all };
}

class Reading {
  readonly requests = new RequestCounter(0, MOST_MINUTES);
  readonly #options: WholeFilesOptions;
  readonly #zones: ReadonlyMap<string, WatchZone>;
  readonly #notes = new StreamNotes();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(options: WholeFilesOptions, zones: ReadonlyMap<string, WatchZone>) {
    this.#options = options;
    this.#zones = zones;
  }

  range(): WholeFiles['range'] {
    return this.#from <= this.#to ? { fromMs: this.#from, toMs: this.#to } : null;
  }

  /** `generation`: of two parts of a rotated log, which one. */
  async read({ input, role, host, head }: CollectedLog, generation: number): Promise<void> {
    const format = this.#options.format ?? formatOf(head);
    const clock = new LineClock(role, this.#zones.get(host) ?? new WatchZone(null));
    const path = input.path;
    let offset = 0;
    for (;;) {
      const chunk = await input.chunks.next();
      if (chunk === null) return;
      const moment = { nowMs: input.modifiedMs, isFresh: false, format };
      const lines = linesOf(chunk, offset).map((line, index) => {
        return { ...line, at: clock.timeOf(line.text, { ...moment, isFirst: index === 0 }) };
      });
      offset += chunk.length;
      await this.#take({ role, host, path, format, generation, lines });
    }
  }

  async #take(batch: Parameters<typeof takeLines>[0]): Promise<void> {
    if (batch.lines.length === 0) return;
    let last = Number.NEGATIVE_INFINITY;
    for (const { at } of batch.lines) {
      this.#from = Math.min(this.#from, at);
      last = Math.max(last, at);
    }
    this.#to = Math.max(this.#to, last);
    const { table, service, redaction } = this.#options;
    // As of then: nothing of it is too old.
    const intake = { table, service, redaction, nowMs: last, stamp: `${batch.generation}.${last}` };
    await takeLines(batch, intake);
    this.requests.add(batch);
    await this.#notes.note(batch, intake);
  }
}

async function zonesOf(
  logs: readonly CollectedLog[],
  { timeZone }: WholeFilesOptions,
): Promise<ReadonlyMap<string, WatchZone>> {
  const zones = new Map<string, WatchZone>();
  for (const { input, host, role, head } of logs) {
    const zone = zones.get(host) ?? new WatchZone(timeZone);
    zones.set(host, zone);
    const chunk = await input.chunks.peek();
    const lines = chunk === null ? [] : linesOf(chunk, 0).map(({ text }) => text);
    addZoneSample(zone.finder, { role, format: formatOf(head), lines });
  }
  for (const zone of zones.values()) zone.settle();
  return zones;
}

function formatOf(head: readonly string[]): LogFormat {
  const texts = head.map((line) => unwrap(line).text);
  return recogniseAccessFormat(texts)?.format ?? (NAMED_FORMATS.combined as LogFormat);
}
