/** Reads a system log: systemd, the kernel, audit; and Gunicorn, where journald keeps its output. */
import { forEachLine, type LogStream, newStats, type StreamContext } from './log-stream.ts';

export class SystemStream implements LogStream {
  readonly role = 'system';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.POSITIVE_INFINITY;
  isDone = false;
  readonly #context: StreamContext;

  constructor(context: StreamContext) {
    this.#context = context;
    this.host = context.host;
    this.path = context.input.path;
  }

  async read(): Promise<void> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) this.isDone = true;
    else forEachLine(chunk, () => this.stats.lines++);
  }
}
