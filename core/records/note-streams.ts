/** Notes which streams were heard: the hosts that send a log, also while nothing of it is delivered. */
import type { Row, Table } from '../table.ts';
import type { StreamOrigin } from './batch-record.ts';
import { hashOf } from './hash.ts';
import {
  BATCH_LIFE_MS,
  MINUTE_MS,
  markerKey,
  minuteOfRow,
  minuteRanges,
  STREAM_LIFE_MS,
  streamKey,
  streamRange,
} from './keys.ts';
import { encodeStream } from './stream-record.ts';

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

export type StreamToNote = StreamOrigin & Pick<NoteStreamsTask, 'service' | 'nowMs' | 'stamp'>;

/** Notes that something came from a stream. */
export async function noteStream(table: Table, stream: StreamToNote): Promise<void> {
  const row = rowOf(stream);
  // The marks come first: a crash between leaves too many of them, and none too few.
  if (stream.role === 'access' && (await table.get(row)) === null) await markLately(table, stream);
  await table.put(row);
}

function rowOf(stream: Pick<StreamToNote, 'service' | 'nowMs'> & StreamOrigin): Row {
  const body = encodeStream(stream);
  return {
    ...streamKey(stream.service, stream.role, stream.host, stream.path),
    body,
    version: hashOf(body),
    expiresAt: Math.ceil((stream.nowMs + STREAM_LIFE_MS) / 1_000) * 1_000,
  };
}

/** Writes the streams that are new or were noted long ago. Returns how many were new. */
export async function noteStreams(table: Table, task: NoteStreamsTask): Promise<number> {
  const { service, nowMs } = task;
  const rows = await table.query(streamRange(service));
  const known = new Map(rows.map((row) => [row.sort, row.expiresAt]));
  const due = task.streams
    .map((stream) => ({ role: stream.role, row: rowOf({ ...stream, service, nowMs }) }))
    .filter(({ row }) => (known.get(row.sort) ?? 0) - nowMs <= STREAM_LIFE_MS / 2);
  const added = due.filter(({ row }) => !known.has(row.sort));
  if (added.some(({ role }) => role === 'access')) await markLately(table, task);
  for (const { row } of due) await table.put(row);
  return added.length;
}

async function markLately(
  table: Table,
  { service, nowMs, stamp }: Omit<NoteStreamsTask, 'streams'>,
): Promise<void> {
  const now = Math.floor(nowMs / MINUTE_MS);
  const ranges = minuteRanges(service, now - MINUTES_AGAIN, now);
  const rows = (await Promise.all(ranges.map((range) => table.query(range)))).flat();
  const expiresAt = Math.ceil((nowMs + BATCH_LIFE_MS) / 1_000) * 1_000;
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
