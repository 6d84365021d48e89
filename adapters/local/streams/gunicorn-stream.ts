/** Reads a Gunicorn log: entries with their tracebacks become signals. */
import { observeGunicornEntry } from '../../../core/observe/signal-gunicorn.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from '../../../core/parse/gunicorn-entry.ts';
import {
  forEachLine,
  type LogStream,
  newStats,
  noteTime,
  type StreamContext,
} from './log-stream.ts';

export class GunicornStream implements LogStream {
  readonly role = 'gunicorn';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  readonly #context: StreamContext;
  readonly #assembler = new GunicornAssembler();

  constructor(context: StreamContext) {
    this.#context = context;
    this.host = context.host;
    this.path = context.input.path;
  }

  async read(): Promise<void> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) {
      this.isDone = true;
      this.#observe(this.#assembler.flush());
      return;
    }
    forEachLine(chunk, (line) => this.#take(line));
    const { lastTime } = this.#assembler;
    if (lastTime !== null) noteTime(this.stats, lastTime);
    this.watermark = this.stats.last;
  }

  #take(line: string): void {
    this.stats.lines++;
    const { text, at } = unwrap(line);
    const origin = { path: this.path, lineNumber: this.stats.lines };
    this.#observe(this.#assembler.push(text, at, origin));
  }

  #observe(entries: readonly GunicornEntry[]): void {
    for (const entry of entries) {
      if (entry.at !== null) noteTime(this.stats, entry.at);
      const signal = observeGunicornEntry(entry, { host: this.host });
      if (signal) this.#context.add(signal);
    }
  }
}
