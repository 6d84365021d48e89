/** What becomes of one delivery of CloudWatch Logs: from its events to rows, a wake-up, and metrics. */
import { METRICS, parseFilterName, type ServiceContract } from './contract.ts';
import { AppError } from './errors.ts';
import { hostOfStream } from './host-of-stream.ts';
import { type EventSource, type FoldedBatch, foldBatch } from './ingest.ts';
import { printable } from './messages/printable.ts';
import type { MetricPoint } from './metric-point.ts';
import { LOG_ROLES, type LogRole } from './model.ts';
import { compileLogFormat, type LogFormat, NAMED_FORMATS } from './parse/log-format.ts';
import { noteStream, type StreamToNote } from './records/note-streams.ts';
import { type Stored, storeBatch } from './records/store-batch.ts';
import { redactionOf } from './redact/redaction-of.ts';
import { redactMinutes } from './redact/stream-minute.ts';
import type { Table } from './table.ts';

/** A decoded awslogs document. */
export type Delivery = {
  readonly messageType: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly events: EventSource;
};

export type TakeOptions = {
  readonly deployment: string;
  readonly services: readonly ServiceContract[];
  readonly table: Table;
  /** Asks for an evaluation of a service. */
  readonly wake: (service: string) => Promise<void>;
  /** Streams that were noted lately, so that not every delivery notes its own again. */
  readonly noted: { has(key: string): boolean; add(key: string): void };
  readonly unescapeMessage: (text: string, start: number, end: number) => string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
};

export type Taken = {
  /** `null` for what was no delivery of events. */
  readonly service: string | null;
  readonly role: LogRole | null;
  readonly events: number;
  readonly metrics: readonly MetricPoint[];
};

/**
 * Takes a delivery in. Throws `AppError` `UnknownLogGroup` for one of a filter that is not of this deployment, and
 * what the table throws; all of it can be repeated.
 */
export async function takeDelivery(delivery: Delivery, options: TakeOptions): Promise<Taken> {
  if (delivery.messageType === 'CONTROL_MESSAGE') return NOTHING;
  const { service, role, format } = sourceOf(delivery, options);
  const { table, nowMs, stamp } = options;
  const path = `${delivery.logGroup}/${delivery.logStream}`;
  const host = hostOfStream(delivery.logStream, service.streams);
  const batch = foldBatch(delivery.events, {
    role,
    host,
    path,
    unescape: options.unescapeMessage,
    ...(format && { format }),
  });
  const minutes = redactMinutes(batch.minutes, redactionOf(service.privacy));
  const origin = { service: service.name, role, host, path, nowMs };
  const storing = storeBatch(table, { ...origin, minutes, stamp });
  const noting = noteOnce({ ...origin, stamp }, options);
  // Nothing is left under way when one of them fails.
  await Promise.allSettled([storing, noting]);
  const [stored] = await Promise.all([storing, noting]);
  if (batch.minutes.size > 0) await options.wake(service.name);
  return {
    service: service.name,
    role,
    events: batch.events,
    metrics: metricsOf(service.name, batch, { nowMs, stored }),
  };
}

async function noteOnce(stream: StreamToNote, { table, noted }: TakeOptions): Promise<void> {
  const key = `${stream.service}/${stream.role}/${stream.path}`;
  if (noted.has(key)) return;
  await noteStream(table, stream);
  noted.add(key);
}

const NOTHING: Taken = { service: null, role: null, events: 0, metrics: [] };

type Source = {
  readonly service: ServiceContract;
  readonly role: LogRole;
  /** `null`: the default one. */
  readonly format: LogFormat | null;
};

/** Whose log it is: the name of the filter that delivered it says so, nothing in the log does. */
function sourceOf(delivery: Delivery, { deployment, services }: TakeOptions): Source {
  for (const name of delivery.subscriptionFilters) {
    const parts = parseFilterName(name);
    if (parts?.deployment !== deployment) continue;
    const service = services.find((known) => known.name === parts.service);
    const role = LOG_ROLES.find((known) => known === parts.role);
    const format = service && formatOf(service, parts.format);
    if (service && role && format !== undefined) return { service, role, format };
  }
  throw unknownSource(delivery);
}

const formats = new Map<string, LogFormat>();

/** `undefined` for a key that the service does not have. */
function formatOf(service: ServiceContract, key: string): LogFormat | null | undefined {
  if (key === '-') return null;
  const source = Object.hasOwn(service.formats, key) ? service.formats[key] : undefined;
  if (source === undefined) return undefined;
  const known = formats.get(source) ?? NAMED_FORMATS[source] ?? compileLogFormat(source);
  formats.set(source, known);
  return known;
}

function unknownSource({ logGroup, subscriptionFilters }: Delivery): AppError {
  const filters = subscriptionFilters.map((name) => printable(name)).join(', ') || 'none';
  return new AppError(
    'UnknownLogGroup',
    `log group ${printable(logGroup)} was delivered by filters this deployment does not have: ${filters}`,
    { hint: 'deploy again, or delete the subscription filter; then redrive the dead-letter queue' },
  );
}

function metricsOf(
  service: string,
  batch: FoldedBatch,
  { nowMs, stored }: { nowMs: number; stored: Stored },
): MetricPoint[] {
  const dimensions = { Service: service };
  const count = (name: string, value: number): MetricPoint[] =>
    value > 0 ? [{ name, unit: 'Count', value, dimensions }] : [];
  const lag = Math.max(0, nowMs - batch.newest);
  return [
    ...count(METRICS.events, batch.events),
    ...(batch.newest > 0
      ? [{ name: METRICS.deliveryLag, unit: 'Milliseconds' as const, value: lag, dimensions }]
      : []),
    ...count(METRICS.unparsed, batch.unparsed),
    ...count(METRICS.poisoned, batch.poisoned),
    ...count(METRICS.repeated, stored.repeated > 0 ? 1 : 0),
    ...count(METRICS.tooOld, stored.tooOld),
  ];
}
