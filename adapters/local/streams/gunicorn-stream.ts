/** Reads a Gunicorn log: entries with their tracebacks become signals. */
import { observeAnswer } from '../../../core/observe/answer.ts';
import { observeGunicornEntry } from '../../../core/observe/signal-gunicorn.ts';
import { detach } from '../../../core/parse/byte-string.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from '../../../core/parse/gunicorn-entry.ts';
import { isQuietGunicornLine } from '../../../core/parse/gunicorn-header.ts';
import { type HostClock, wrapperTime } from './host-clock.ts';
import {
  forEachView,
  type LogStream,
  newStats,
  noteTime,
  type StreamContext,
  withoutReturn,
} from './log-stream.ts';

export class GunicornStream implements LogStream {
  readonly role = 'gunicorn';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  readonly #context: StreamContext;
  readonly #assembler = new GunicornAssembler({ keepsRequests: true });
  readonly #clock: () => HostClock;

  /** `clock` is asked when it is needed: what it knows comes from the host's other logs. */
  constructor(context: StreamContext, clock: () => HostClock) {
    this.#context = context;
    this.#clock = clock;
    this.host = context.host;
    this.path = context.input.path;
  }

  async read(): Promise<void> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) {
      this.isDone = true;
      this.#observe(this.#assembler.flush(), this.#clock());
      return;
    }
    const clock = this.#clock();
    this.#takeAll(chunk, clock);
    const { lastTime } = this.#assembler;
    if (lastTime !== null) noteTime(this.stats, lastTime);
    this.watermark = this.stats.last;
  }

  /** Of a run of quiet lines, most of a log, the last one tells the time of all. */
  #takeAll(chunk: Buffer, clock: HostClock): void {
    let quiet = '';
    forEachView(chunk, (view) => {
      this.stats.lines++;
      if (this.#assembler.isIdle && isQuietGunicornLine(view)) {
        quiet = view;
        return;
      }
      if (quiet !== '') this.#take(detach(quiet), clock);
      quiet = '';
      this.#take(withoutReturn(detach(view)), clock);
    });
    if (quiet !== '') this.#take(detach(quiet), clock);
  }

  #take(line: string, clock: HostClock): void {
    const envelope = unwrap(line);
    const origin = { path: this.path, lineNumber: this.stats.lines };
    const entries = this.#assembler.push(envelope.text, wrapperTime(envelope, clock), origin);
    this.#observe(entries, clock);
  }

  #observe(entries: readonly GunicornEntry[], clock: HostClock): void {
    if (entries.length === 0) return;
    const context = { host: this.host, ...clock };
    for (const entry of entries) {
      if (entry.at !== null) noteTime(this.stats, entry.at);
      const observation = entry.request
        ? observeAnswer(entry, context)
        : observeGunicornEntry(entry, context);
      if (observation) this.#context.add(observation);
    }
  }
}
