/**
 * A batch of log events of one log stream, parsed, observed and folded: the same parsers and the same evidence
 * as for files, by minute of the event's own time.
 */
import { type Evidence, foldObservation, newEvidence } from './fold.ts';
import type { LogRole, Observation } from './model.ts';
import { observeAnswer } from './observe/answer.ts';
import { isErrorNoise } from './observe/error-noise.ts';
import { observeAccessFields } from './observe/request.ts';
import { observeGunicornEntry } from './observe/signal-gunicorn.ts';
import { SystemObserver } from './observe/signal-system.ts';
import { observeParsedError } from './observe/upstream-error.ts';
import { digitAt } from './parse/byte-string.ts';
import { unwrap, unwrapText } from './parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from './parse/gunicorn-entry.ts';
import { isQuietGunicornLine } from './parse/gunicorn-header.ts';
import { type LogFormat, NAMED_FORMATS } from './parse/log-format.ts';
import { parseAccessLine } from './parse/nginx-access.ts';
import { parseNginxErrorLine } from './parse/nginx-error.ts';
import { parseSystemLine } from './parse/system.ts';
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
  parse(take: (event: BatchEvent) => void): void;
};

/** When an event was taken in, epoch milliseconds. */
export function timeOfEvent(event: BatchEvent): number {
  let at = event.timeAt;
  let time = 0;
  for (let digit = digitAt(event.text, at); digit >= 0; digit = digitAt(event.text, ++at)) {
    time = time * 10 + digit;
  }
  return time;
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
  /** Evidence by minute (epoch milliseconds divided by 60,000). */
  readonly minutes: Map<number, Evidence>;
  /** Requests by status, 0 to 999, of an access log. */
  readonly statuses: Uint32Array;
  events: number;
  unparsed: number;
};

const MINUTE_MS = 60_000;
const QUOTE = 34;
const BLANK = 32;

/** Statuses whose lines are parsed; below 100 there is only what NGINX makes up. */
const MAY_BE_FAILURE = new Uint8Array(1000).fill(1, 0, 100);
for (const status of [500, 502, 504]) MAY_BE_FAILURE[status] = 1;

/** Folds all events of one batch. A line that cannot be parsed is counted, never thrown. */
export function foldBatch(events: EventSource, context: BatchContext): FoldedBatch {
  const scanned = newBatch();
  const taker = takerOf(context, scanned);
  if (events.scan(taker.event)) {
    taker.end();
    return scanned;
  }
  const parsed = newBatch();
  const again = takerOf(context, parsed);
  events.parse(again.event);
  again.end();
  return parsed;
}

function newBatch(): FoldedBatch {
  return { minutes: new Map(), statuses: new Uint32Array(1000), events: 0, unparsed: 0 };
}

type Taker = { readonly event: (event: BatchEvent) => void; readonly end: () => void };

function takerOf(context: BatchContext, batch: FoldedBatch): Taker {
  switch (context.role) {
    case 'access':
      return accessTaker(context, batch);
    case 'error':
      return { event: (event) => takeError(event, context, batch), end: nothing };
    case 'gunicorn':
      return gunicornTaker(context, batch);
    case 'system':
      return systemTaker(context, batch);
    case 'app':
      return {
        event: () => {
          batch.events++;
        },
        end: nothing,
      };
  }
}

function nothing(): void {}

function add(batch: FoldedBatch, observation: Observation | null): void {
  if (observation === null) return;
  const minute = Math.floor(observation.at / MINUTE_MS);
  let evidence = batch.minutes.get(minute);
  if (!evidence) {
    evidence = newEvidence();
    batch.minutes.set(minute, evidence);
  }
  foldObservation(evidence, observation);
}

function accessTaker(context: BatchContext, batch: FoldedBatch): Taker {
  const format = context.format ?? (NAMED_FORMATS.combined as LogFormat);
  const anchor = format.statusAnchor;
  const quotes = anchor !== null && 'quotes' in anchor && !format.hasTries ? anchor : null;
  const about = { host: context.host, origin: { path: context.path, lineNumber: 0 } };
  const takeRequest = (event: BatchEvent): void => {
    const line = context.unescape(event.text, event.start, event.end);
    const fields = parseAccessLine(format, unwrapText(line));
    if (fields === null) batch.unparsed++;
    else {
      batch.statuses[fields.status] = (batch.statuses[fields.status] as number) + 1;
      add(batch, observeAccessFields(fields, line, about));
    }
  };
  return {
    event: (event) => {
      batch.events++;
      const status = quotes ? escapedStatus(event, quotes.quotes, quotes.skip) : -1;
      if (status < 0 || MAY_BE_FAILURE[status] === 1) takeRequest(event);
      else batch.statuses[status] = (batch.statuses[status] as number) + 1;
    },
    end: nothing,
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

/** Error lines have no zone; the time the event was taken in shows which quarter of an hour from UTC it is. */
function takeError(event: BatchEvent, context: BatchContext, batch: FoldedBatch): void {
  batch.events++;
  if (isErrorNoise(event.text.slice(event.start, event.end))) return;
  const line = context.unescape(event.text, event.start, event.end);
  const parsed = parseNginxErrorLine(unwrapText(line));
  if (parsed === null) {
    batch.unparsed++;
    return;
  }
  const at = timeOfEvent(event);
  const offsetMs = offsetBetween(parsed.localMs, at);
  const origin = { path: context.path, lineNumber: 0 };
  add(batch, observeParsedError(parsed, line, { host: context.host, offsetMs, origin, at }));
}

function gunicornTaker(context: BatchContext, batch: FoldedBatch): Taker {
  const assembler = new GunicornAssembler({ keepsRequests: true });
  const origin = { path: context.path, lineNumber: 0 };
  let clock = { undatedAt: 0 };
  const addAll = (entries: readonly GunicornEntry[]) => {
    for (const entry of entries) {
      const about = { host: context.host, ...clock };
      add(batch, entry.request ? observeAnswer(entry, about) : observeGunicornEntry(entry, about));
    }
  };
  const push = (view: string, receivedAt: number) => {
    const { text, at } = unwrap(view);
    clock = { undatedAt: receivedAt };
    addAll(assembler.push(text, at ?? receivedAt, origin));
  };
  // Of a run of quiet lines, most of a log, the last one tells the time of all.
  let quiet = '';
  return {
    event: (event) => {
      batch.events++;
      const view = event.text.slice(event.start, event.end);
      if (assembler.isIdle && isQuietGunicornLine(view) && !view.includes('\\')) {
        quiet = view;
        return;
      }
      const receivedAt = timeOfEvent(event);
      if (quiet !== '') push(quiet, receivedAt);
      quiet = '';
      push(context.unescape(event.text, event.start, event.end), receivedAt);
    },
    end: () => {
      if (quiet !== '') push(quiet, clock.undatedAt);
      addAll(assembler.flush());
    },
  };
}

function systemTaker(context: BatchContext, batch: FoldedBatch): Taker {
  const observer = new SystemObserver();
  const gunicorn = gunicornTaker(context, batch);
  const tags = new Set<string>();
  const origin = { path: context.path, lineNumber: 0 };
  return {
    event: (event) => {
      const line = context.unescape(event.text, event.start, event.end);
      const envelope = unwrap(line);
      const parsed = parseSystemLine({ ...envelope, at: envelope.at ?? timeOfEvent(event) }, tags);
      if (parsed.source === 'gunicorn') {
        gunicorn.event(event);
        return;
      }
      batch.events++;
      add(batch, observer.observe(parsed, { host: context.host, origin, line }));
    },
    end: () => gunicorn.end(),
  };
}
