/** What CloudWatch Logs hands to the ingest function, and what the ingest function makes of it, on any table. */
import { gzipSync } from 'node:zlib';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import { foldBatch } from '../../core/ingest.ts';
import { noteStream } from '../../core/records/note-streams.ts';
import { storeBatch } from '../../core/records/store-batch.ts';
import { redactMinutes } from '../../core/redact/stream-minute.ts';
import { REDACT_ALL } from '../../core/redact.ts';
import type { Table } from '../../core/table.ts';
import type { ShippedEvent, ShippedLog } from './scenario-logs.ts';

export const SERVICE = 'shop';

/** One delivery of events of one stream. */
export type Delivery = { readonly log: ShippedLog; readonly events: readonly ShippedEvent[] };

/** The `data` of the awslogs event of a delivery, by the filter of that name. */
export function payloadOf({ log, events }: Delivery, filterName: string): string {
  const document = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: log.group,
    logStream: log.stream,
    subscriptionFilters: [filterName],
    logEvents: events,
  };
  return gzipSync(JSON.stringify(document)).toString('base64');
}

/** Splits a log's events where `sizes` say, again and again from the first size on. */
export function split(log: ShippedLog, sizes: readonly number[]): Delivery[] {
  const deliveries: Delivery[] = [];
  for (let from = 0, turn = 0; from < log.events.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    deliveries.push({ log, events: log.events.slice(from, from + size) });
    from += size;
  }
  return deliveries;
}

/** Takes a delivery in, from its payload to its rows. */
export async function ingest(table: Table, delivery: Delivery, nowMs: number): Promise<void> {
  const { log } = delivery;
  const batch = decodeAwslogs(payloadOf(delivery, `badgateway/test/${SERVICE}/${log.role}/-`));
  const path = `${batch.logGroup}/${batch.logStream}`;
  const origin = { service: SERVICE, role: log.role, host: log.host, path, nowMs };
  const folded = foldBatch(batch.events, {
    role: log.role,
    host: log.host,
    path,
    unescape: unescapeMessage,
    ...(log.format ? { format: log.format } : {}),
  });
  await storeBatch(table, {
    ...origin,
    minutes: redactMinutes(folded.minutes, REDACT_ALL),
    stamp: `${nowMs}`,
  });
  await noteStream(table, { ...origin, stamp: `${nowMs}` });
}
