/** How far each log was read, in the store: an earlier run's place is where the next one goes on. */
import { createHash } from 'node:crypto';
import type { Row, Table } from '../../core/table.ts';
import type { FilePosition } from './follow-open-file.ts';

/** As long as anything of the lines before it is kept. */
const LIFE_MS = 30 * 86_400_000;

export type Place = {
  /** `null`: the file was not there. */
  readonly position: FilePosition | null;
  /** Of the times in logs of its host that do not say their zone, local time minus UTC; `null`: not known. */
  readonly offsetMs: number | null;
};

export async function readPlace(
  table: Table,
  service: string,
  path: string,
): Promise<Place | null> {
  const row = await table.get(keyOf(service, path));
  return row === null ? null : (JSON.parse(row.body) as Place);
}

export async function writePlace(
  table: Table,
  { service, path, position, offsetMs }: Place & { service: string; path: string },
  nowMs: number,
): Promise<void> {
  const place: Place = { position, offsetMs };
  const row: Row = {
    ...keyOf(service, path),
    body: JSON.stringify(place),
    version: position === null ? '-' : `${position.generation}.${position.offset}`,
    expiresAt: Math.ceil((nowMs + LIFE_MS) / 1_000) * 1_000,
  };
  await table.put(row);
}

/** `F#service` / hash of the path. */
function keyOf(service: string, path: string) {
  return { partition: `F#${service}`, sort: createHash('sha256').update(path).digest('hex') };
}
