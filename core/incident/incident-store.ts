/** Incidents of a service in the table: each in a row of its own, and one row that says which are to be looked at. */
import { hashOf } from '../records/hash.ts';
import { aliveKey, HOUR_LIFE_MS, incidentKey } from '../records/keys.ts';
import type { Row, Table } from '../table.ts';
import type { Incident } from './incident.ts';
import { decodeIncident, encodeIncident } from './incident-record.ts';

export type StoredIncident = { readonly incident: Incident; readonly version: string };

export type AliveIncidents = {
  /** Version of the row that lists them; `null`: there is none. */
  readonly version: string | null;
  /** As listed; one that is listed and was never written is missing among the incidents. */
  readonly ids: readonly string[];
  readonly incidents: readonly StoredIncident[];
};

/** Every incident that is open, has something to say, or may still get late logs. */
export async function readAlive(table: Table, service: string): Promise<AliveIncidents> {
  const row = await table.get(aliveKey(service));
  const ids: readonly string[] = row ? JSON.parse(row.body) : [];
  const stored = await Promise.all(ids.map((id) => readIncident(table, service, id)));
  return {
    version: row?.version ?? null,
    ids,
    incidents: stored.filter((found) => found !== null),
  };
}

export async function readIncident(
  table: Table,
  service: string,
  id: string,
): Promise<StoredIncident | null> {
  const row = await table.get(incidentKey(service, id));
  return row && { incident: decodeIncident(row.body), version: row.version };
}

/** Whether a service has incidents that time alone may change. */
export async function hasAlive(table: Table, service: string): Promise<boolean> {
  const row = await table.get(aliveKey(service));
  return row !== null && row.body !== '[]';
}

export type WriteOptions = { readonly nowMs: number; readonly stamp: string };

/** False: somebody else wrote it meanwhile. */
export async function writeAlive(
  table: Table,
  { service, ids, version }: { service: string; ids: readonly string[]; version: string | null },
  { nowMs, stamp }: WriteOptions,
): Promise<boolean> {
  const body = JSON.stringify(ids);
  const row: Row = {
    ...aliveKey(service),
    body,
    version: `${hashOf(body)} ${stamp}`,
    expiresAt: lifeEnd(nowMs),
  };
  return table.putIf(row, version);
}

/** False: somebody else wrote it meanwhile. `version`: of the row that it replaces, `null`: there is none. */
export async function writeIncident(
  table: Table,
  { incident, version }: { incident: Incident; version: string | null },
  { nowMs, stamp }: WriteOptions,
): Promise<boolean> {
  const body = encodeIncident(incident);
  const row: Row = {
    ...incidentKey(incident.service, incident.id),
    body,
    version: `${hashOf(body)} ${stamp}`,
    expiresAt: lifeEnd(nowMs),
  };
  return table.putIf(row, version);
}

function lifeEnd(nowMs: number): number {
  return Math.ceil((nowMs + HOUR_LIFE_MS) / 1_000) * 1_000;
}
