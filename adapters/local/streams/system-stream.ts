/**
 * Reads a system log: systemd, the kernel, audit; and Gunicorn, where journald or syslog keep its output.
 */
import type { LineOrigin } from '../../../core/model.ts';
import { observeGunicornEntry } from '../../../core/observe/signal-gunicorn.ts';
import { SystemObserver } from '../../../core/observe/signal-system.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from '../../../core/parse/gunicorn-entry.ts';
import { parseSystemLine, type SystemLine } from '../../../core/parse/system.ts';
import { type HostClock, wrapperTime } from './host-clock.ts';
import {
  forEachLine,
  type LogStream,
  newStats,
  noteTime,
  type StreamContext,
} from './log-stream.ts';

export class SystemStream implements LogStream {
  readonly role = 'system';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  readonly #context: StreamContext;
  readonly #clock: () => HostClock;
  readonly #observer = new SystemObserver();
  readonly #assembler = new GunicornAssembler();
  readonly #gunicornTags = new Set<string>();

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
      this.#addEntries(this.#assembler.flush(), this.#clock());
      return;
    }
    const clock = this.#clock();
    forEachLine(chunk, (line) => this.#take(line, clock));
    this.watermark = this.stats.last;
  }

  #take(line: string, clock: HostClock): void {
    this.stats.lines++;
    if (line === '') return;
    const envelope = unwrap(line);
    const at = wrapperTime(envelope, clock);
    const parsed = parseSystemLine({ ...envelope, at }, this.#gunicornTags);
    const origin = { path: this.path, lineNumber: this.stats.lines };
    if (parsed.at !== null) {
      noteTime(this.stats, parsed.isLocal ? parsed.at - clock.localOffsetMs : parsed.at);
    }
    if (parsed.source === 'gunicorn') this.#addGunicorn(parsed, origin, clock);
    else {
      const signal = this.#observer.observe(parsed, { host: this.host, origin, line, ...clock });
      if (signal) this.#context.add(signal);
    }
  }

  #addGunicorn(line: SystemLine, origin: LineOrigin, clock: HostClock): void {
    this.#addEntries(this.#assembler.push(line.text, line.at, origin), clock);
  }

  #addEntries(entries: readonly GunicornEntry[], clock: HostClock): void {
    for (const entry of entries) {
      const signal = observeGunicornEntry(entry, { host: this.host, ...clock });
      if (signal) this.#context.add(signal);
    }
  }
}
