/**
 * A batch of log events of one log stream, parsed, observed and folded: the same parsers and the same evidence
 * as for files, by minute of the event's own time.
 */
import { type Evidence, foldObservation, newEvidence } from './fold.ts';
import type { LogRole, Observation } from './model.ts';
import { observeAnswer } from './observe/answer.ts';
import { observeAccessFields } from './observe/request.ts';
import { observeGunicornEntry } from './observe/signal-gunicorn.ts';
import { SystemObserver } from './observe/signal-system.ts';
import { observeParsedError } from './observe/upstream-error.ts';
import { unwrap } from './parse/envelope.ts';
import { GunicornAssembler, type GunicornEntry } from './parse/gunicorn-entry.ts';
import { type LogFormat, NAMED_FORMATS } from './parse/log-format.ts';
import { parseAccessLine } from './parse/nginx-access.ts';
import { parseNginxErrorLine } from './parse/nginx-error.ts';
import { parseSystemLine } from './parse/system.ts';

/**
 * One event of a batch. `text` from `start` to `end` is the message as it stands in JSON, escapes and all, so that
 * most events can be judged without being taken out of the document they came in.
 */
export type BatchEvent = {
  readonly id: string;
  /** When the event was taken in, epoch milliseconds. */
  readonly timestamp: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/** Calls `take` for each event, in order. */
export type EventReader = (take: (event: BatchEvent) => void) => void;

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
const QUARTER_MS = 900_000;

/** Folds all events of one batch. A line that cannot be parsed is counted, never thrown. */
export function foldBatch(events: EventReader, context: BatchContext): FoldedBatch {
  const batch: FoldedBatch = {
    minutes: new Map(),
    statuses: new Uint32Array(1000),
    events: 0,
    unparsed: 0,
  };
  const take = takerOf(context, batch);
  events((event) => {
    batch.events++;
    take.event(event);
  });
  take.end();
  return batch;
}

type Taker = { event(event: BatchEvent): void; end(): void };

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
      return { event: nothing, end: nothing };
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
  return {
    event: (event) => {
      const status = quotes ? escapedStatus(event, quotes.quotes, quotes.skip) : -1;
      if (status < 0 || mayBeFailure(status)) takeRequest(event, context, batch, format);
      else batch.statuses[status] = (batch.statuses[status] as number) + 1;
    },
    end: nothing,
  };
}

function mayBeFailure(status: number): boolean {
  return status === 500 || status === 502 || status === 504 || status < 100;
}

/** The status in a message whose quotes stand as `\"`, or -1 when it is not in its place. */
function escapedStatus({ text, start, end }: BatchEvent, quotes: number, skip: number): number {
  let at = start;
  for (let left = quotes; left > 0; left--) {
    at = text.indexOf('\\"', at) + 2;
    if (at < 2 || at > end) return -1;
  }
  at += skip;
  const hundreds = text.charCodeAt(at) - 48;
  const tens = text.charCodeAt(at + 1) - 48;
  const ones = text.charCodeAt(at + 2) - 48;
  const isNumber = isDigit(hundreds) && isDigit(tens) && isDigit(ones);
  const isEnded = at + 3 === end || text.charCodeAt(at + 3) === 32;
  return isNumber && isEnded && at + 3 <= end ? hundreds * 100 + tens * 10 + ones : -1;
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9;
}

function takeRequest(
  event: BatchEvent,
  context: BatchContext,
  batch: FoldedBatch,
  format: LogFormat,
): void {
  const line = context.unescape(event.text, event.start, event.end);
  const fields = parseAccessLine(format, unwrap(line).text);
  if (fields === null) {
    batch.unparsed++;
    return;
  }
  batch.statuses[fields.status] = (batch.statuses[fields.status] as number) + 1;
  const origin = { path: context.path, lineNumber: 0 };
  add(batch, observeAccessFields(fields, line, { host: context.host, origin }));
}

/** Error lines have no zone; the time the event was taken in shows which quarter of an hour from UTC it is. */
function takeError(event: BatchEvent, context: BatchContext, batch: FoldedBatch): void {
  const line = context.unescape(event.text, event.start, event.end);
  const parsed = parseNginxErrorLine(unwrap(line).text);
  if (parsed === null) {
    batch.unparsed++;
    return;
  }
  const offsetMs = Math.round((parsed.localMs - event.timestamp) / QUARTER_MS) * QUARTER_MS;
  const origin = { path: context.path, lineNumber: 0 };
  const at = event.timestamp;
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
  return {
    event: (event) => {
      const { text, at } = unwrap(context.unescape(event.text, event.start, event.end));
      clock = { undatedAt: event.timestamp };
      addAll(assembler.push(text, at ?? event.timestamp, origin));
    },
    end: () => addAll(assembler.flush()),
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
      const parsed = parseSystemLine({ ...envelope, at: envelope.at ?? event.timestamp }, tags);
      if (parsed.source === 'gunicorn') gunicorn.event(event);
      else add(batch, observer.observe(parsed, { host: context.host, origin, line }));
    },
    end: () => gunicorn.end(),
  };
}
