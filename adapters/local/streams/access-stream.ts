/**
 * Reads an NGINX access log. Of most lines only the status is looked at, in the bytes; the few that may be
 * failures are parsed.
 */

import { observeAccessFields } from '../../../core/observe/request.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import type { LogFormat } from '../../../core/parse/log-format.ts';
import { parseAccessLine } from '../../../core/parse/nginx-access.ts';
import type { AccessScanner } from './access-scanner.ts';
import {
  forEachLine,
  type LogStream,
  newStats,
  noteTime,
  noteUnparsed,
  type StreamContext,
} from './log-stream.ts';
import { ThreadScanner } from './scan-thread.ts';

export type AccessOptions = {
  readonly format: LogFormat;
  /** Only requests that ended in this time are counted, epoch milliseconds. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
};

export class AccessStream implements LogStream {
  readonly role = 'access';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  /** Requests by status, 0 to 999. */
  readonly statuses: Float64Array;
  readonly #context: StreamContext;
  readonly #options: AccessOptions;
  readonly #scanner: AccessScanner | null;

  /** With a `scanner` only odd lines are parsed; without one, each. */
  constructor(context: StreamContext, options: AccessOptions, scanner: AccessScanner | null) {
    this.#context = context;
    this.#options = options;
    this.#scanner = scanner;
    this.statuses = scanner?.statuses ?? new Float64Array(1000);
    this.host = context.host;
    this.path = context.input.path;
  }

  /** Another thread reads the log: there may be nothing to take yet. */
  get isThreaded(): boolean {
    return this.#scanner instanceof ThreadScanner;
  }

  async read(): Promise<void> {
    if (this.#scanner) await this.#readScanned(this.#scanner);
    else await this.#readEach();
    this.watermark = this.stats.last;
  }

  async #readScanned(scanner: AccessScanner): Promise<void> {
    const chunk = await scanner.next();
    if (chunk === null) {
      this.isDone = true;
      return;
    }
    const before = this.stats.lines;
    for (const { text, line } of chunk.odd) this.#takeOdd(text, before + line);
    this.#noteTimeOf(chunk.first);
    this.#noteTimeOf(chunk.last);
    this.stats.lines = before + chunk.lines;
  }

  async #readEach(): Promise<void> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) this.isDone = true;
    else forEachLine(chunk, (line) => this.#takeEach(line));
  }

  /** A line whose status asks for a closer look; it is already counted, unless it had none. */
  #takeOdd(line: string, lineNumber: number): void {
    this.stats.lines = lineNumber;
    const fields = parseAccessLine(this.#options.format, line);
    if (fields !== null) this.#observe(fields, line, lineNumber);
    else if (line !== '') noteUnparsed(this, line);
  }

  #takeEach(line: string): void {
    this.stats.lines++;
    if (line === '') return;
    const { text } = unwrap(line);
    const fields = parseAccessLine(this.#options.format, text);
    if (fields === null) {
      noteUnparsed(this, line);
      return;
    }
    const { sinceMs, untilMs } = this.#options;
    noteTime(this.stats, fields.at);
    if (sinceMs !== null && fields.at < sinceMs) return;
    if (untilMs !== null && fields.at > untilMs) return;
    this.statuses[fields.status] = (this.statuses[fields.status] ?? 0) + 1;
    this.#observe(fields, line, this.stats.lines);
  }

  #observe(
    fields: NonNullable<ReturnType<typeof parseAccessLine>>,
    line: string,
    lineNumber: number,
  ): void {
    const origin = { path: this.path, lineNumber };
    const request = observeAccessFields(fields, line, { host: this.host, origin });
    if (request) this.#context.add(request);
  }

  #noteTimeOf(line: string): void {
    const fields = parseAccessLine(this.#options.format, line);
    if (fields !== null) noteTime(this.stats, fields.at);
  }
}
