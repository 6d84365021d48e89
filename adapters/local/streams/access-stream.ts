/**
 * Reads an NGINX access log. Of most lines only the status is looked at, in the bytes; the few that may be
 * failures are parsed.
 */

import { observeAccessFields } from '../../../core/observe/request.ts';
import { observeParsedError } from '../../../core/observe/upstream-error.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import type { LogFormat } from '../../../core/parse/log-format.ts';
import { parseAccessLine } from '../../../core/parse/nginx-access.ts';
import { parseNginxErrorLine } from '../../../core/parse/nginx-error.ts';
import { offsetBetween } from '../../../core/zone.ts';
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
  readonly #offsetMs: () => number;

  /** With a `scanner` only odd lines are parsed; without one, each. */
  constructor(
    context: StreamContext,
    options: AccessOptions,
    scanner: AccessScanner | null,
    offsetMs: () => number,
  ) {
    this.#offsetMs = offsetMs;
    this.#context = context;
    this.#options = options;
    this.#scanner = scanner;
    this.statuses = scanner?.statuses ?? new Float64Array(1000);
    this.host = context.host;
    this.path = context.input.path;
  }

  /** Error lines found between the requests: a container's NGINX writes both to one stream. */
  errorLines = 0;

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
    else if (line !== '') this.#takeOther(line, null);
  }

  /** A line that is no request: an error line, told by its strict beginning, or nothing known. */
  #takeOther(text: string, wrapperAt: number | null): void {
    const parsed = parseNginxErrorLine(text);
    if (parsed === null) {
      noteUnparsed(this, text);
      return;
    }
    this.errorLines++;
    const offsetMs =
      wrapperAt === null ? this.#offsetMs() : offsetBetween(parsed.localMs, wrapperAt);
    const origin = { path: this.path, lineNumber: this.stats.lines };
    const error = observeParsedError(parsed, text, { host: this.host, offsetMs, origin });
    if (error) this.#context.add(error);
  }

  #takeEach(line: string): void {
    this.stats.lines++;
    if (line === '') return;
    const { text, at } = unwrap(line);
    const fields = parseAccessLine(this.#options.format, text);
    if (fields === null) {
      this.#takeOther(text, at);
      return;
    }
    const { sinceMs, untilMs } = this.#options;
    noteTime(this.stats, fields.at);
    if (sinceMs !== null && fields.at < sinceMs) return;
    if (untilMs !== null && fields.at > untilMs) return;
    this.statuses[fields.status] = (this.statuses[fields.status] ?? 0) + 1;
    this.#observe(fields, text, this.stats.lines);
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
