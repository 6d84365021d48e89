/**
 * A batch of log events of one log stream, parsed, observed and folded: the same parsers as for files, by minute of
 * the line's own time. What is kept has the id of its event.
 */
import type { LogRole, RequestRecord, UpstreamError } from './model.ts';
import { isErrorNoise } from './observe/error-noise.ts';
import { observeAccessFields } from './observe/request.ts';
import { tellsOfBackend } from './observe/signal-system.ts';
import { observeParsedError } from './observe/upstream-error.ts';
import { endOfDigits, numberAt } from './parse/byte-string.ts';
import { unwrap, unwrapText } from './parse/envelope.ts';
import { parseGunicornAccess } from './parse/gunicorn-access.ts';
import { isQuietGunicornLine } from './parse/gunicorn-header.ts';
import { readStamp } from './parse/gunicorn-stamp.ts';
import { isExceptionLine, isInsideBlock, isTracebackStart } from './parse/gunicorn-traceback.ts';
import { type LogFormat, NAMED_FORMATS } from './parse/log-format.ts';
import { parseAccessLine } from './parse/nginx-access.ts';
import { parseNginxErrorLine } from './parse/nginx-error.ts';
import { parseSystemLine, type SystemLine } from './parse/system.ts';
import { longHashOf } from './records/hash.ts';
import {
  addIdentified,
  addLine,
  type BackendLine,
  newStreamMinute,
  type StreamMinute,
  settleStreamMinute,
} from './records/stream-minute.ts';
import { offsetBetween } from './zone.ts';

/**
 * One event of a batch, as it stands in a JSON text: the message from `start` to `end`, escapes and all, so that most
 * events can be judged without being taken out. It is only valid while it is handed on.
 */
export type BatchEvent = {
  readonly text: string;
  /** Where its id starts; a quote ends it. */
  readonly idAt: number;
  /** Where its time starts (epoch milliseconds, digits); a comma ends it. */
  readonly timeAt: number;
  readonly start: number;
  readonly end: number;
};

/** Hands on the events of a batch, in order. */
export type EventSource = {
  /** Fast; false when the batch turned out to be written in another way: what was taken so far must be forgotten. */
  scan(take: (event: BatchEvent) => void): boolean;
  /** Slow, whatever the document looks like. Returns how many events had no message or time, and were left out. */
  parse(take: (event: BatchEvent) => void): number;
};

/** When an event was taken in, epoch milliseconds. */
export function timeOfEvent({ text, timeAt }: BatchEvent): number {
  // All times between 2001 and 2286 have 13 digits; two small integers are read faster than one large one.
  const isUsual = text.charCodeAt(timeAt + 13) === COMMA;
  const middle = isUsual ? timeAt + 7 : timeAt;
  const end = isUsual ? timeAt + 13 : endOfDigits(text, timeAt);
  return numberAt(text, timeAt, middle) * 1_000_000 + numberAt(text, middle, end);
}

/** The id CloudWatch gave an event, a name for its content where it has none. */
function idOfEvent({ text, idAt, timeAt, end }: BatchEvent): string {
  const quote = text.indexOf('"', idAt);
  const id = quote < 0 || quote > timeAt ? '' : text.slice(idAt, quote);
  return id === '' || id === 'undefined' ? longHashOf(text.slice(timeAt, end)) : id;
}

export type BatchContext = {
  readonly role: LogRole;
  readonly host: string;
  /** Log group and stream, for the evidence. */
  readonly path: string;
  /** Of an access log. */
  readonly format?: LogFormat;
  /** The message of an event, as a byte string. */
  readonly unescape: (text: string, start: number, end: number) => string;
};

export type FoldedBatch = {
  /** What was kept, by minute (epoch milliseconds divided by 60,000). */
  readonly minutes: Map<number, StreamMinute>;
  /** Requests by status, 0 to 999, of an access log. */
  readonly statuses: Uint32Array;
  events: number;
  unparsed: number;
  /** Events that could not be read at all, beside others that could. */
  poisoned: number;
  /** Time of the newest event, epoch milliseconds; 0 without any. */
  newest: number;
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const QUOTE = 34;
const BLANK = 32;
const BRACKET = 91;
const COMMA = 44;

/** Statuses whose lines are parsed; below 100 there is only what NGINX makes up. */
const MAY_BE_FAILURE = new Uint8Array(1000).fill(1, 0, 100);
for (const status of [500, 502, 504]) MAY_BE_FAILURE[status] = 1;

/** Folds all events of one batch. A line that cannot be parsed is counted, never thrown. */
export function foldBatch(events: EventSource, context: BatchContext): FoldedBatch {
  const scanned = new Intake(context);
  if (events.scan(scanned.take)) return scanned.finish();
  const parsed = new Intake(context);
  return parsed.finish(events.parse(parsed.take));
}

/** Takes events in; one that breaks a parser never takes the others with it. */
class Intake {
  readonly #batch = newBatch();
  readonly #taker: Taker;
  #last: BatchEvent | null = null;

  constructor(context: BatchContext) {
    this.#taker = takerOf(context, this.#batch);
  }

  readonly take = (event: BatchEvent): void => {
    this.#last = event;
    try {
      this.#taker(event);
    } catch {
      this.#batch.poisoned++;
    }
  };

  /** `skipped`: what was no event at all. */
  finish(skipped = 0): FoldedBatch {
    this.#batch.poisoned += skipped;
    if (this.#last) this.#batch.newest = timeOfEvent(this.#last);
    for (const minute of this.#batch.minutes.values()) settleStreamMinute(minute);
    return this.#batch;
  }
}

function newBatch(): FoldedBatch {
  return {
    minutes: new Map(),
    statuses: new Uint32Array(1000),
    events: 0,
    unparsed: 0,
    poisoned: 0,
    newest: 0,
  };
}

type Taker = (event: BatchEvent) => void;

function takerOf(context: BatchContext, batch: FoldedBatch): Taker {
  switch (context.role) {
    case 'access':
      return accessTaker(context, batch);
    case 'error':
      return (event) => takeError(event, context, batch);
    case 'gunicorn':
      return gunicornTaker(context, batch);
    case 'system':
      return systemTaker(context, batch);
    case 'app':
      return () => {
        batch.events++;
      };
  }
}

function add(
  batch: FoldedBatch,
  event: BatchEvent,
  observation: RequestRecord | UpstreamError | null,
  takenInAt = timeOfEvent(event),
): void {
  if (observation === null) return;
  const at = saneTime(observation.at, takenInAt);
  const told = at === observation.at ? observation : { ...observation, at };
  addIdentified(minuteOf(batch, at), idOfEvent(event), told);
}

/** A line's own time, unless its clock is a day or more from CloudWatch's. */
function saneTime(own: number, takenInAt: number): number {
  return Math.abs(own - takenInAt) < DAY_MS ? own : takenInAt;
}

function minuteOf(batch: FoldedBatch, at: number): StreamMinute {
  const minute = Math.floor(at / MINUTE_MS);
  let found = batch.minutes.get(minute);
  if (!found) {
    found = newStreamMinute();
    batch.minutes.set(minute, found);
  }
  return found;
}

function accessTaker(context: BatchContext, batch: FoldedBatch): Taker {
  const format = context.format ?? (NAMED_FORMATS.combined as LogFormat);
  const anchor = format.statusAnchor;
  const quotes = anchor !== null && 'quotes' in anchor && !format.hasTries ? anchor : null;
  return (event) => {
    batch.events++;
    const status = quotes ? escapedStatus(event, quotes.quotes, quotes.skip) : -1;
    if (status < 0 || MAY_BE_FAILURE[status] === 1) takeRequest(event, context, batch, format);
    else batch.statuses[status] = (batch.statuses[status] as number) + 1;
  };
}

/** The status in a message whose quotes stand as `\"`, or -1 when it is not in its place. */
function escapedStatus({ text, start, end }: BatchEvent, quotes: number, skip: number): number {
  let at = start;
  for (let left = quotes; left > 0; ) {
    at = text.indexOf('\\', at) + 2;
    if (at < 2 || at > end) return -1;
    if (text.charCodeAt(at - 1) === QUOTE) left--;
  }
  at += skip;
  if (at + 3 > end || (at + 3 < end && text.charCodeAt(at + 3) !== BLANK)) return -1;
  const hundreds = text.charCodeAt(at) - 48;
  const tens = text.charCodeAt(at + 1) - 48;
  const ones = text.charCodeAt(at + 2) - 48;
  if ((hundreds | tens | ones) < 0 || hundreds > 9 || tens > 9 || ones > 9) return -1;
  return hundreds * 100 + tens * 10 + ones;
}

function takeRequest(
  event: BatchEvent,
  context: BatchContext,
  batch: FoldedBatch,
  format: LogFormat,
): void {
  const line = textOf(event, context);
  const fields = parseAccessLine(format, unwrapText(line));
  if (fields === null) {
    batch.unparsed++;
    return;
  }
  batch.statuses[fields.status] = (batch.statuses[fields.status] as number) + 1;
  const origin = { path: context.path, lineNumber: 0 };
  const observed = observeAccessFields(fields, line, { host: context.host, origin });
  add(batch, event, observed);
}

/** Error lines have no zone; the time the event was taken in shows which quarter of an hour from UTC it is. */
function takeError(event: BatchEvent, context: BatchContext, batch: FoldedBatch): void {
  batch.events++;
  if (isErrorNoise(event.text.slice(event.start, event.end))) return;
  const line = textOf(event, context);
  const parsed = parseNginxErrorLine(unwrapText(line));
  if (parsed === null) {
    batch.unparsed++;
    return;
  }
  const at = timeOfEvent(event);
  const offsetMs = offsetBetween(parsed.localMs, at);
  const origin = { path: context.path, lineNumber: 0 };
  const observed = observeParsedError(parsed, line, { host: context.host, offsetMs, origin, at });
  add(batch, event, observed, at);
}

/** Answers other than errors kept of a minute: they only confirm. */
const MAX_ANSWERS = 500;

/** What says something of the backend is kept as it came, see `BackendLine`. */
function gunicornTaker(context: BatchContext, batch: FoldedBatch): Taker {
  // Of a run of quiet lines, most of a log, the last one tells the time of all.
  let quiet: BatchEvent | null = null;
  let answers = 0;
  return (event) => {
    batch.events++;
    const view = event.text.slice(event.start, event.end);
    if (isQuietGunicornLine(view)) {
      quiet = { ...event };
      return;
    }
    const text = textOf(event, context);
    const status = answerStatus(text);
    if (status !== null && status < 500 && ++answers > MAX_ANSWERS) return;
    if (quiet !== null) addBackendLine(batch, lineOf(quiet, textOf(quiet, context)));
    quiet = null;
    addBackendLine(batch, lineOf(event, text));
  };
}

function textOf({ text, start, end }: BatchEvent, context: BatchContext): string {
  return context.unescape(text, start, end);
}

function lineOf(event: BatchEvent, text: string): BackendLine {
  return { id: idOfEvent(event), at: timeOfEvent(event), text };
}

/** The status of a line of Gunicorn's access log, `null` for every other line. */
function answerStatus(text: string): number | null {
  if (text.charCodeAt(0) === BRACKET) return null;
  return parseGunicornAccess(unwrapText(text))?.status ?? null;
}

function addBackendLine(batch: FoldedBatch, line: BackendLine): void {
  const { text, at } = unwrap(line.text);
  const stamp = text.charCodeAt(0) === BRACKET ? readStamp(text, 1) : null;
  const own = stamp && !stamp.isLocal ? stamp.ms : (at ?? line.at);
  addLine(minuteOf(batch, saneTime(own, line.at)), line);
}

function systemTaker(context: BatchContext, batch: FoldedBatch): Taker {
  const tags = new Set<string>();
  return (event) => {
    batch.events++;
    const text = textOf(event, context);
    const parsed = parseSystemLine(unwrap(text), tags);
    if (tells(parsed)) addBackendLine(batch, lineOf(event, text));
  };
}

function isTracebackPart(text: string): boolean {
  return isTracebackStart(text) || isInsideBlock(text) || isExceptionLine(text);
}

/** A program that calls itself something else may have shown in an earlier delivery that it is Gunicorn. */
function tells(line: SystemLine): boolean {
  switch (line.source) {
    case 'gunicorn':
      return !isQuietGunicornLine(line.text);
    case 'other':
      return line.text !== '' && isTracebackPart(line.text);
    default:
      return tellsOfBackend(line);
  }
}
