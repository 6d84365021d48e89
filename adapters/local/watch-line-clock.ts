/** When each line of a log was written: what CloudWatch's agent would make its event's time. */
import type { LogRole } from '../../core/model.ts';
import { type Envelope, unwrap } from '../../core/parse/envelope.ts';
import { readDefaultHeader } from '../../core/parse/gunicorn-header.ts';
import { readStamp } from '../../core/parse/gunicorn-stamp.ts';
import {
  isExceptionLine,
  isInsideBlock,
  isTracebackStart,
} from '../../core/parse/gunicorn-traceback.ts';
import type { LogFormat } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { parseSystemLine } from '../../core/parse/system.ts';
import { parseNginxErrorTime, parseTimeLocal } from '../../core/parse/time.ts';
import { wallTimeMs } from '../../core/parse/wall-time.ts';
import type { WatchZone } from './watch-zone.ts';

/** How far into a line a time is looked for. */
const LOOKED_AT = 400;

export class LineClock {
  readonly #role: LogRole;
  readonly #zone: WatchZone;
  #last: number | null = null;

  constructor(role: LogRole, zone: WatchZone) {
    this.#role = role;
    this.#zone = zone;
  }

  /**
   * Epoch milliseconds. A line without a time has that of the line before it; at the beginning of what was written
   * just now (`isFirst` with a `nowMs`) it is now, unless a line with a time came a moment ago.
   */
  timeOf(line: string, now: LineMoment): number {
    const own = this.#own(line, now);
    if (own !== null) this.#last = own;
    else if (this.#last === null || this.#isLater(line, now)) this.#last = now.nowMs;
    return this.#last ?? now.nowMs;
  }

  /** It was not written with the line before it. */
  #isLater(line: string, { nowMs, isFresh, isFirst }: LineMoment): boolean {
    if (!isFresh || !isFirst) return false;
    const longest = isTracebackPart(line) ? TRACEBACK_MS : TOGETHER_MS;
    return nowMs - (this.#last ?? 0) > longest;
  }

  #own(line: string, now: LineMoment): number | null {
    if (this.#role === 'access') {
      const at = shortTime(line);
      if (at !== null) return at;
    }
    if (this.#role === 'gunicorn') {
      const header = readDefaultHeader(line);
      if (header !== null) return header.at;
    }
    const envelope = unwrap(line);
    return this.#inside(envelope, now) ?? this.#around(envelope, now);
  }

  #inside({ text, at }: Envelope, now: LineMoment): number | null {
    switch (this.#role) {
      case 'access':
        return now.format === null ? null : (parseAccessLine(now.format, text)?.at ?? null);
      case 'error':
        return this.#utcOrNull(at === null ? parseNginxErrorTime(text) : null, now);
      case 'gunicorn':
        return this.#stamp(text, now);
      default:
        return parseSystemLine({ text, tag: null, pid: null, at: null }).at;
    }
  }

  #stamp(text: string, now: LineMoment): number | null {
    const bracket = text.slice(0, LOOKED_AT).indexOf('[');
    const stamp = readStamp(text, bracket + 1) ?? readStamp(text, 0);
    if (stamp === null) return null;
    return stamp.isLocal ? this.#utcOrNull(stamp.ms, now) : stamp.ms;
  }

  #around({ at, time }: Envelope, now: LineMoment): number | null {
    if (at !== null || time === null) return at;
    return this.#utcOrNull(wallTimeMs(time, this.#last ?? now.nowMs), now);
  }

  #utcOrNull(localMs: number | null, { nowMs, isFresh }: LineMoment): number | null {
    if (localMs === null || Number.isNaN(localMs)) return null;
    return this.#zone.utc(localMs, isFresh ? nowMs : null);
  }
}

export type LineMoment = {
  readonly nowMs: number;
  /** It was written since the last look, a moment ago. */
  readonly isFresh: boolean;
  /** The first line of what was read now. */
  readonly isFirst: boolean;
  /** Of an access log. */
  readonly format: LogFormat | null;
};

/** Lines that are written together are so within this time; a traceback is, however slow the disk. */
const TOGETHER_MS = 5_000;
const TRACEBACK_MS = 30_000;

function isTracebackPart(line: string): boolean {
  return isTracebackStart(line) || isInsideBlock(line) || isExceptionLine(line);
}

/** `[20/Nov/2026:14:02:41 +0000]` before any quote, as `combined` has it: without a look at the rest. */
function shortTime(line: string): number | null {
  const bracket = line.indexOf('[');
  if (bracket < 0 || bracket > LOOKED_AT) return null;
  const quote = line.lastIndexOf('"', bracket);
  return quote < 0 ? parseTimeLocal(line, bracket + 1) : null;
}
