/** Notes streams that were found without a delivery from them. */
import type { Table } from '../table.ts';
import type { StreamOrigin } from './batch-record.ts';
import {
  MARKER_LIFE_MS,
  MINUTE_MS,
  markerKey,
  minuteOfRow,
  minuteRanges,
  STREAM_LIFE_MS,
  streamKey,
  streamRange,
} from './keys.ts';
import { storeStream } from './store-batch.ts';

export type NoteStreamsTask = {
  readonly service: string;
  readonly streams: readonly StreamOrigin[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
};

/** Minutes judged again when it turns out that a host has an access log: its error lines were counted by themselves. */
const MINUTES_AGAIN = 120;

/** Writes the streams that are new or were noted long ago. Returns how many were new. */
export async function noteStreams(table: Table, task: NoteStreamsTask): Promise<number> {
  const { service, nowMs } = task;
  const rows = await table.query(streamRange(service));
  const known = new Map(rows.map((row) => [row.sort, row.expiresAt]));
  let isNews = false;
  let added = 0;
  for (const stream of task.streams) {
    const { sort } = streamKey(service, stream.role, stream.host, stream.path);
    const expiresAt = known.get(sort) ?? 0;
    if (expiresAt - nowMs > STREAM_LIFE_MS / 2) continue;
    await storeStream(table, { ...stream, service, nowMs });
    if (expiresAt > 0) continue;
    added++;
    isNews ||= stream.role === 'access';
  }
  if (isNews) await markLately(table, task);
  return added;
}

async function markLately(table: Table, { service, nowMs, stamp }: NoteStreamsTask): Promise<void> {
  const now = Math.floor(nowMs / MINUTE_MS);
  const ranges = minuteRanges(service, now - MINUTES_AGAIN, now);
  const rows = (await Promise.all(ranges.map((range) => table.query(range)))).flat();
  const expiresAt = Math.ceil((nowMs + MARKER_LIFE_MS) / 1_000) * 1_000;
  await Promise.all(
    rows.map((row) =>
      table.put({
        ...markerKey(service, minuteOfRow(row), 0),
        body: '{}',
        version: stamp,
        expiresAt,
      }),
    ),
  );
}
