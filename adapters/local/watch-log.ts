/** One log that is watched: what it is, and its lines as they come. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { printable } from '../../core/messages/printable.ts';
import type { LogRole } from '../../core/model.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import type { LogFormat } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import { recogniseRole } from '../../core/recognise-role.ts';
import { FollowedFile, type FollowFrom } from './follow-file.ts';
import { linesOf } from './follow-lines.ts';
import type { FollowedChunk } from './follow-open-file.ts';
import type { LineBatch, TimedLine } from './watch-intake.ts';
import { LineClock } from './watch-line-clock.ts';
import type { WatchZone } from './watch-zone.ts';

export type LogToWatch = {
  /** Absolute: it names the log in the store. */
  readonly path: string;
  readonly host: string;
  /** `null`: told by its first lines. */
  readonly role: LogRole | null;
  /** Of an access log; `null`: recognised. */
  readonly format: LogFormat | null;
  readonly zone: WatchZone;
  readonly from: FollowFrom;
  /** Lines before it are left out, epoch milliseconds. */
  readonly sinceMs: number | null;
};

export type ReadLines = { readonly batch: LineBatch; readonly chunk: FollowedChunk };

/** Lines looked at to tell what a log is. */
const HEAD_LINES = 60;
const HEAD_BYTES = 64 * 1024;
/** Of the end, where there may be failures to tell the zone by. */
const TAIL_BYTES = 1024 * 1024;
const NEWLINE = 10;
/** After so many bytes that look like no log it is none. */
const ENOUGH_BYTES = 16 * 1024;
/** What Gunicorn and systemd said before explains what comes after. */
const CONTEXT_MS = 3_600_000;

export class WatchedLog {
  readonly path: string;
  readonly host: string;
  readonly file: FollowedFile;
  readonly #given: Pick<LogToWatch, 'role' | 'format' | 'sinceMs'>;
  readonly #zone: WatchZone;
  #role: LogRole | null;
  #format: LogFormat | null;
  #formatName: string | null = null;
  #formatOf = -1;
  #clock: LineClock | null = null;
  /** Everything that was there has been read: what comes now was written a moment ago. */
  #isFresh = false;

  constructor(log: LogToWatch) {
    this.path = log.path;
    this.host = log.host;
    this.#given = log;
    this.#zone = log.zone;
    this.#role = log.role;
    this.#format = log.format;
    this.file = new FollowedFile(log.path, log.from);
    if (this.#role === null) this.#recognise();
    if (this.#role === 'access' && this.#format === null) this.#recogniseFormat(this.head(), 0);
  }

  /** `null`: not known yet. */
  get role(): LogRole | null {
    return this.#role;
  }

  get format(): LogFormat | null {
    return this.#format;
  }

  /** For people: `combined`, `not known`; `null` for what is no access log, or has no lines yet. */
  get formatName(): string | null {
    return this.#given.format !== null && this.#role === 'access' ? 'as given' : this.#formatName;
  }

  /** Its first lines, wrappers and all. */
  head(): readonly string[] {
    return headOf(this.path);
  }

  /** Its last lines. */
  tail(): readonly string[] {
    const size = sizeOf(this.path);
    return wholeLines(bytesAt(this.path, Math.max(0, size - TAIL_BYTES), TAIL_BYTES));
  }

  /** Something was written to it: an empty file may be nobody's. */
  isOfUse(): boolean {
    return (this.file.position?.offset ?? 0) > 0;
  }

  /** It has lines enough to tell, and they are of no log that is known. */
  isNoLog(): boolean {
    if (this.#role === null) this.#recognise();
    return this.#role === null && sizeOf(this.path) >= ENOUGH_BYTES;
  }

  /** What is wrong with what is there already; `null`: nothing, or it may still turn out to be a log. */
  problem(): AppError | null {
    if (this.#role === null && this.head().length > 0) {
      return new AppError(
        'UnknownLog',
        `${printablePath(this.path)}: not recognised as an NGINX, Gunicorn or system log`,
        { hint: 'say what it is: --access, --error, --gunicorn, --system or --app FILE' },
      );
    }
    if (this.#role !== 'access' || this.#format !== null || this.#formatName === null) return null;
    return new AppError(
      'UnknownLogFormat',
      `${printablePath(this.path)}: the format of this access log is not known`,
      {
        hint: 'give the log_format line of nginx.conf: --log-format \'$remote_addr - $remote_user [$time_local] "$request" $status …\'',
      },
    );
  }

  /** The next lines, which come again until `done` is called; `null`: there are none, or it is not known what they are. */
  next(nowMs: number): ReadLines | null {
    if (this.#role === null) this.#recognise();
    const role = this.#role;
    if (role === null) {
      this.#isFresh ||= sizeOf(this.path) === 0;
      return null;
    }
    const chunk = this.file.next();
    if (chunk === null) {
      this.#isFresh = true;
      return null;
    }
    const lines = linesOf(chunk.bytes, chunk.offset);
    const isNewFile = chunk.generation !== this.#formatOf;
    if (role === 'access' && this.#given.format === null && isNewFile) {
      this.#recogniseFormat(
        lines.slice(0, HEAD_LINES).map(({ text }) => text),
        chunk.generation,
      );
    }
    this.#clock ??= new LineClock(role, this.#zone);
    const { path, host } = this;
    const format = this.#format;
    const timed = this.#timed(lines, this.#clock, nowMs);
    const generation = chunk.generation;
    return { batch: { role, host, path, format, generation, lines: timed }, chunk };
  }

  done({ chunk }: ReadLines): void {
    this.file.done(chunk);
  }

  #timed(
    lines: readonly { readonly text: string; readonly offset: number }[],
    clock: LineClock,
    nowMs: number,
  ): TimedLine[] {
    const { sinceMs } = this.#given;
    const isNginx = this.#role === 'access' || this.#role === 'error';
    const from = (sinceMs ?? Number.NEGATIVE_INFINITY) - (isNginx ? 0 : CONTEXT_MS);
    const moment = { nowMs, isFresh: this.#isFresh, format: this.#format };
    return lines
      .map(({ text, offset }, index) => {
        return { text, offset, at: clock.timeOf(text, { ...moment, isFirst: index === 0 }) };
      })
      .filter(({ at }) => at >= from);
  }

  #recognise(): void {
    const head = this.head();
    const { format } = this.#given;
    const texts = head.map((line) => unwrap(line).text);
    // What has no lines yet is what its name says, and may be told better by its first lines.
    this.#role =
      head.length === 0
        ? null
        : (recogniseRole(head, basename(this.path)) ??
          (format && texts.some((text) => parseAccessLine(format, text)) ? 'access' : null));
  }

  /** NGINX may have been given another format when its log was rotated. */
  #recogniseFormat(head: readonly string[], generation: number): void {
    if (head.length === 0) return;
    const texts = head.map((line) => unwrap(line).text);
    const known = recogniseAccessFormat(texts) ?? anyLine(texts);
    if (generation > 0) this.#formatOf = generation;
    if (known === null) {
      this.#formatName ??= 'a format that is not known';
      return;
    }
    this.#format = known.format;
    this.#formatName = known.name;
  }
}

/** Where lines of another program stand between, the first one that has a known format decides. */
function anyLine(texts: readonly string[]): ReturnType<typeof recogniseAccessFormat> {
  for (const text of texts) {
    const found = recogniseAccessFormat([text]);
    if (found) return found;
  }
  return null;
}

function headOf(path: string): readonly string[] {
  return wholeLines(bytesAt(path, 0, HEAD_BYTES)).slice(0, HEAD_LINES);
}

/** Without the last one, which may be a part of one. */
function wholeLines(bytes: Buffer): readonly string[] {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  return linesOf(bytes.subarray(0, end), 0).map(({ text }) => text);
}

function bytesAt(path: string, from: number, length: number): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, from));
    } finally {
      closeSync(file);
    }
  } catch {
    // It is not there yet, or may not be read: whoever follows it says so.
    return Buffer.alloc(0);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Names of files are bytes, as lines are. */
export function printablePath(path: string): string {
  return printable(Buffer.from(path, 'utf8').toString('latin1'));
}
