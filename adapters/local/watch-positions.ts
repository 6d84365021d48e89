/** How far each log was read, in the store: an earlier run's place is where the next one goes on. */
import { createHash } from 'node:crypto';
import type { Row, Table } from '../../core/table.ts';
import type { FilePosition } from './follow-open-file.ts';

/** As long as anything of the lines before it is kept. */
const LIFE_MS = 30 * 86_400_000;

export async function readPosition(
  table: Table,
  service: string,
  path: string,
): Promise<FilePosition | null> {
  const row = await table.get(keyOf(service, path));
  return row === null ? null : (JSON.parse(row.body) as FilePosition);
}

export async function writePosition(
  table: Table,
  { service, path, position }: { service: string; path: string; position: FilePosition },
  nowMs: number,
): Promise<void> {
  const row: Row = {
    ...keyOf(service, path),
    body: JSON.stringify(position),
    version: `${position.generation}.${position.offset}`,
    expiresAt: Math.ceil((nowMs + LIFE_MS) / 1_000) * 1_000,
  };
  await table.put(row);
}

/** `F#service` / hash of the path. */
function keyOf(service: string, path: string) {
  return { partition: `F#${service}`, sort: createHash('sha256').update(path).digest('hex') };
}
