/** Stores what a delivery came to. Every write can be repeated: the same delivery writes the same rows. */
import type { Row, Table } from '../table.ts';
import { batchIdOf, encodeBatch, type StreamOrigin } from './batch-record.ts';
import { BATCH_LIFE_MS, batchKey, MAX_AGE_MS, MINUTE_MS, markerKey, shardOf } from './keys.ts';
import type { StreamMinute } from './stream-minute.ts';

export type BatchToStore = StreamOrigin & {
  readonly service: string;
  readonly minutes: ReadonlyMap<number, StreamMinute>;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt: it tells an evaluation that something came while it was at work. */
  readonly stamp: string;
};

export type Stored = {
  /** Rows that were there already. */
  readonly repeated: number;
  /** Events, dropped, of minutes that can no longer be counted whole. */
  readonly tooOld: number;
};

/** Stores a batch and marks its minutes. */
export async function storeBatch(table: Table, batch: BatchToStore): Promise<Stored> {
  const oldest = Math.floor((batch.nowMs - MAX_AGE_MS) / MINUTE_MS);
  const minutes = [...batch.minutes].filter(([minute]) => minute >= oldest);
  const rows = minutes.flatMap(([minute, content]) => rowsOf(batch, minute, content));
  const isNew = await Promise.all(rows.map((row) => table.putIf(row, null)));
  // Only now: a marker without its rows would be cleared before they come.
  await Promise.all(minutes.map(([minute]) => table.put(markerOf(batch, minute))));
  const old = [...batch.minutes].filter(([minute]) => minute < oldest);
  return {
    repeated: isNew.filter((wasNew) => !wasNew).length,
    tooOld: old.reduce((sum, [, content]) => sum + sizeOf(content), 0),
  };
}

function sizeOf({ requests, errors, lines, dropped, unnamed }: StreamMinute): number {
  const ids = [...dropped.values()].reduce((sum, list) => sum + list.length, 0);
  const rest = [...unnamed.values()].reduce((sum, count) => sum + count, 0);
  return requests.length + errors.length + lines.length + ids + rest;
}

function rowsOf(batch: BatchToStore, minute: number, content: StreamMinute): Row[] {
  const id = batchIdOf(batch.path, content);
  const kind = content.lines.length > 0 ? 'backend' : 'nginx';
  const shard = shardOf(batch.path);
  return encodeBatch(batch, minute, content).map((body, part) => ({
    ...batchKey({ service: batch.service, kind, minute, shard, batch: id, part }),
    body,
    version: id,
    expiresAt: wholeSeconds(batch.nowMs + BATCH_LIFE_MS),
  }));
}

function markerOf({ service, path, stamp, nowMs }: BatchToStore, minute: number): Row {
  return {
    ...markerKey(service, minute, shardOf(path)),
    body: '{}',
    version: stamp,
    expiresAt: wholeSeconds(nowMs + BATCH_LIFE_MS),
  };
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}
