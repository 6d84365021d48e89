/** How far a drill has come, read from the rows that it leaves behind. */

import { DRILL_SERVICE } from '../contract.ts';
import {
  batchRanges,
  incidentPrefixRange,
  MINUTE_MS,
  minuteRowKey,
  shardOf,
  waitingKey,
} from '../records/keys.ts';
import { decodeRollup } from '../records/rollup-record.ts';
import type { Table } from '../table.ts';
import type { Incident } from './incident.ts';
import { decodeIncident } from './incident-record.ts';

/** The way of a drill, in order; `accepted`: CloudWatch Logs has its lines. */
export const DRILL_HOPS = ['accepted', 'ingested', 'counted', 'decided', 'published'] as const;
export type DrillHop = (typeof DRILL_HOPS)[number];

export type Drill = {
  /** See `drillIdOf`. */
  readonly id: string;
  readonly atMs: number;
  /** Log group and log stream. */
  readonly path: string;
};

/** Whether a drill has taken this hop. */
export async function hasTaken(table: Table, drill: Drill, hop: DrillHop): Promise<boolean> {
  switch (hop) {
    case 'accepted':
      return true;
    case 'ingested':
      return isIngested(table, drill);
    case 'counted':
      return isCounted(table, drill);
    case 'decided':
      return (await incidentOfDrill(table, drill)) !== null;
    case 'published':
      return isPublished(table, drill);
  }
}

/** The incident that a drill became; `null`: none yet. */
export async function incidentOfDrill(table: Table, { id }: Drill): Promise<Incident | null> {
  const [row] = await table.query(incidentPrefixRange(DRILL_SERVICE.name, id));
  return row === undefined ? null : decodeIncident(row.body);
}

async function isIngested(table: Table, { atMs, path }: Drill): Promise<boolean> {
  const minute = minuteOf(atMs);
  const range = batchRanges(DRILL_SERVICE.name, 'nginx', minute, minute)[shardOf(path)];
  const rows = range === undefined ? [] : await table.query(range);
  return rows.some(({ body }) => JSON.parse(body).path === path);
}

async function isCounted(table: Table, { id, atMs }: Drill): Promise<boolean> {
  const row = await table.get(minuteRowKey(DRILL_SERVICE.name, minuteOf(atMs)));
  if (row === null) return false;
  return [...decodeRollup(row.body).rollup.values()].some(({ hosts }) => hosts.counts.has(id));
}

/** What is left for a summary has left the outbox, too. */
async function isPublished(table: Table, drill: Drill): Promise<boolean> {
  const [transition, ...rest] = (await incidentOfDrill(table, drill))?.published ?? [];
  if (transition === undefined || rest.length > 0) return false;
  return (await table.get(waitingKey(transition))) === null;
}

function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS);
}
