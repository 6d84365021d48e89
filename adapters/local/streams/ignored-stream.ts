/** An application's own log: kept for context by later steps, it decides nothing and is only counted. */
import { forEachLine, type LogStream, newStats, type StreamContext } from './log-stream.ts';

export class IgnoredStream implements LogStream {
  readonly role = 'app';
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
    else {
      forEachLine(chunk, () => {
        this.stats.lines++;
      });
    }
  }
}
