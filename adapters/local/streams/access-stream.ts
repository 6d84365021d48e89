/**
 * Reads an NGINX access log. Of most lines only the status is looked at, in the bytes; the few that may be
 * failures are parsed.
 */

import { observeAccessFields } from '../../../core/observe/request.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import type { LogFormat } from '../../../core/parse/log-format.ts';
import { parseAccessLine } from '../../../core/parse/nginx-access.ts';
import { findHiddenFailures, scanStatuses } from './access-scan.ts';
import {
  forEachLine,
  type LogStream,
  lineAt,
  newStats,
  noteTime,
  noteUnparsed,
  type StreamContext,
} from './log-stream.ts';

export type AccessOptions = {
  readonly format: LogFormat;
  /** Lines are inside a wrapper (Docker, syslog, …): each is unwrapped and parsed. */
  readonly isWrapped: boolean;
  /** Only requests that ended in this time are counted, epoch milliseconds. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
};

const NEWLINE = 10;

export class AccessStream implements LogStream {
  readonly role = 'access';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  /** Requests by status, 0 to 999. */
  readonly statuses = new Float64Array(1000);
  readonly #context: StreamContext;
  readonly #options: AccessOptions;

  constructor(context: StreamContext, options: AccessOptions) {
    this.#context = context;
    this.#options = options;
    this.host = context.host;
    this.path = context.input.path;
  }

  async read(): Promise<void> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) {
      this.isDone = true;
      return;
    }
    if (this.#canScan()) this.#scan(chunk);
    else forEachLine(chunk, (line) => this.#takeEach(line));
    this.watermark = this.stats.last;
  }

  #canScan(): boolean {
    const { format, isWrapped, sinceMs, untilMs } = this.#options;
    return format.statusAnchor !== null && !isWrapped && sinceMs === null && untilMs === null;
  }

  #scan(chunk: Buffer): void {
    const { format } = this.#options;
    if (format.statusAnchor === null) return;
    const before = this.stats.lines;
    const { lines, odd } = scanStatuses(chunk, format.statusAnchor, this.statuses);
    for (const at of odd) this.#takeAt(chunk, at.start, before + at.line);
    if (format.hasTries) {
      for (const at of findHiddenFailures(chunk, odd))
        this.#takeAt(chunk, at.start, before + at.line);
    }
    this.#noteEnds(chunk);
    this.stats.lines = before + lines;
  }

  /** A line whose status asks for a closer look; it is already counted, unless it had none. */
  #takeAt(chunk: Buffer, start: number, lineNumber: number): void {
    const newline = chunk.indexOf(NEWLINE, start);
    const line = lineAt(chunk, start, newline < 0 ? chunk.length : newline);
    this.stats.lines = lineNumber;
    const fields = parseAccessLine(this.#options.format, line);
    if (fields === null) {
      if (line !== '') noteUnparsed(this, line);
      return;
    }
    this.#observe(fields, line, lineNumber);
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

  /** The first and the last line's time stand for the chunk's: a log is written in the order of its times. */
  #noteEnds(chunk: Buffer): void {
    const firstEnd = chunk.indexOf(NEWLINE);
    this.#noteTimeOf(lineAt(chunk, 0, firstEnd < 0 ? chunk.length : firstEnd));
    const end = chunk[chunk.length - 1] === NEWLINE ? chunk.length - 1 : chunk.length;
    const start = chunk.subarray(0, end).lastIndexOf(NEWLINE) + 1;
    this.#noteTimeOf(lineAt(chunk, start, end));
  }

  #noteTimeOf(line: string): void {
    const fields = parseAccessLine(this.#options.format, line);
    if (fields !== null) noteTime(this.stats, fields.at);
  }
}
