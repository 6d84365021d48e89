/** Reads an NGINX error log. Its lines have no zone: they wait until `release` says which. */
import type { UpstreamError } from '../../../core/model.ts';
import { isErrorNoise } from '../../../core/observe/error-noise.ts';
import { observeParsedError } from '../../../core/observe/upstream-error.ts';
import { detach } from '../../../core/parse/byte-string.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import { parseNginxErrorLine } from '../../../core/parse/nginx-error.ts';
import { parseNginxErrorTime } from '../../../core/parse/time.ts';
import { offsetBetween } from '../../../core/zone.ts';
import {
  forEachView,
  type LogStream,
  newStats,
  noteTime,
  noteUnparsed,
  type StreamContext,
  withoutReturn,
} from './log-stream.ts';

/** Local time minus UTC at a wall-clock time read as UTC, milliseconds. */
export type OffsetAt = (localMs: number) => number;

/** Looked through for samples at most, while the zone is unknown. */
const PEEK_BYTES = 4 * 1024 * 1024;
const PEEK_ERRORS = 200;

export class ErrorStream implements LogStream {
  readonly role = 'error';
  readonly host: string;
  readonly path: string;
  readonly stats = newStats();
  watermark = Number.NEGATIVE_INFINITY;
  isDone = false;
  readonly #context: StreamContext;
  #offsetAt: OffsetAt | null = null;
  /** Errors read while the zone was unknown; their `at` is local time. */
  #waiting: UpstreamError[] = [];
  #localFirst = Number.POSITIVE_INFINITY;
  #localLast = Number.NEGATIVE_INFINITY;

  constructor(context: StreamContext) {
    this.#context = context;
    this.host = context.host;
    this.path = context.input.path;
  }

  /** The first errors, in local time, for the zone to be found from; they are not handed on yet. */
  async peek(): Promise<readonly UpstreamError[]> {
    let bytes = 0;
    while (!this.isDone && bytes < PEEK_BYTES && this.#waiting.length < PEEK_ERRORS) {
      bytes += await this.#readChunk();
    }
    return this.#waiting;
  }

  /** Tells the zone; from now on `read` works, and what was waiting is handed on. */
  release(offsetAt: OffsetAt): void {
    this.#offsetAt = offsetAt;
    for (const error of this.#waiting) {
      this.#context.add({ ...error, at: error.at - offsetAt(error.at) });
    }
    this.#waiting = [];
    for (const local of [this.#localFirst, this.#localLast]) {
      if (Number.isFinite(local)) noteTime(this.stats, local - offsetAt(local));
    }
    this.watermark = this.stats.last;
  }

  async read(): Promise<void> {
    await this.#readChunk();
    if (this.#offsetAt) this.watermark = this.stats.last;
  }

  async #readChunk(): Promise<number> {
    const chunk = await this.#context.input.chunks.next();
    if (chunk === null) {
      this.isDone = true;
      return 0;
    }
    let last = '';
    forEachView(chunk, (view) => {
      last = view;
      if (isErrorNoise(view)) this.stats.lines++;
      else this.#take(withoutReturn(detach(view)));
    });
    this.#noteTimeOf(last);
    return chunk.length;
  }

  #take(line: string): void {
    this.stats.lines++;
    if (line === '') return;
    const envelope = unwrap(line);
    const parsed = parseNginxErrorLine(envelope.text);
    if (parsed === null) {
      noteUnparsed(this, line);
      return;
    }
    const origin = { path: this.path, lineNumber: this.stats.lines };
    const local = observeParsedError(parsed, envelope.text, {
      host: this.host,
      offsetMs: 0,
      origin,
    });
    this.#note(parsed.localMs, envelope.at);
    if (local === null) return;
    if (envelope.at !== null) this.#context.add({ ...local, at: sureTime(local.at, envelope.at) });
    else if (this.#offsetAt) {
      this.#context.add({ ...local, at: local.at - this.#offsetAt(local.at) });
    } else this.#waiting.push(local);
  }

  /** Of lines that are passed over, the last one tells how far the log has come. */
  #noteTimeOf(line: string): void {
    const localMs = parseNginxErrorTime(line);
    if (localMs !== null) this.#note(localMs, null);
  }

  #note(localMs: number, wrapperAt: number | null): void {
    if (Number.isNaN(localMs)) return;
    if (wrapperAt !== null) noteTime(this.stats, sureTime(localMs, wrapperAt));
    else if (this.#offsetAt) noteTime(this.stats, localMs - this.#offsetAt(localMs));
    else {
      this.#localFirst = Math.min(this.#localFirst, localMs);
      this.#localLast = Math.max(this.#localLast, localMs);
    }
  }
}

/** NGINX's own time in the zone that a wrapper's absolute time shows it to be in. */
function sureTime(localMs: number, wrapperAt: number): number {
  return localMs - offsetBetween(localMs, wrapperAt);
}
