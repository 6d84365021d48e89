/** Stores what a delivery came to. Every write can be repeated: the same delivery writes the same rows. */
import type { Row, Table } from '../table.ts';
import { batchIdOf, encodeBatch, type StreamOrigin } from './batch-record.ts';
import { hashOf } from './hash.ts';
import {
  BATCH_LIFE_MS,
  batchKey,
  MARKER_LIFE_MS,
  markerKey,
  STREAM_LIFE_MS,
  shardOf,
  streamKey,
} from './keys.ts';
import type { StreamMinute } from './stream-minute.ts';
import { encodeStream } from './stream-record.ts';

export type BatchToStore = StreamOrigin & {
  readonly service: string;
  readonly minutes: ReadonlyMap<number, StreamMinute>;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt: it tells an evaluation that something came while it was at work. */
  readonly stamp: string;
};

/** Stores a batch and marks its minutes. Returns how many rows of it were there already. */
export async function storeBatch(table: Table, batch: BatchToStore): Promise<number> {
  const rows = [...batch.minutes].flatMap(([minute, content]) => rowsOf(batch, minute, content));
  const isNew = await Promise.all(rows.map((row) => table.putIf(row, null)));
  // Only now: a marker without its rows would be cleared before they come.
  await Promise.all([...batch.minutes.keys()].map((minute) => table.put(markerOf(batch, minute))));
  return isNew.filter((wasNew) => !wasNew).length;
}

/** Notes that the stream was heard. */
export async function storeStream(
  table: Table,
  stream: StreamOrigin & { readonly service: string; readonly nowMs: number },
): Promise<void> {
  const body = encodeStream(stream);
  await table.put({
    ...streamKey(stream.service, stream.role, stream.host, stream.path),
    body,
    version: hashOf(body),
    expiresAt: wholeSeconds(stream.nowMs + STREAM_LIFE_MS),
  });
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
    expiresAt: wholeSeconds(nowMs + MARKER_LIFE_MS),
  };
}

function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}
