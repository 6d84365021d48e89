/** Incidents as people ask for them: a list, and the story of one. `badgateway/incidents@1`. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { NO_SETTINGS } from '../diagnose/fix-facts.ts';
import { buildReport } from '../diagnose/report.ts';
import { mergeRollup, newRollup, type Rollup } from '../diagnose/rollup.ts';
import type { Diagnosis } from '../diagnosis.ts';
import type { Incident, TransitionKind } from '../incident/incident.ts';
import { decodeIncident } from '../incident/incident-record.ts';
import { readAlive, readIncident } from '../incident/incident-store.ts';
import { LOG_ROLES } from '../model.ts';
import {
  hourRanges,
  incidentRange,
  MINUTE_LIFE_MS,
  MINUTE_MS,
  minuteRanges,
  streamRange,
} from '../records/keys.ts';
import { decodeRollup } from '../records/rollup-record.ts';
import { decodeStream } from '../records/stream-record.ts';
import type { Table } from '../table.ts';

export const INCIDENTS_SCHEMA = 'badgateway/incidents@1';
const HOUR_MS = 3_600_000;

/** Times are ISO 8601. */
export type IncidentEntry = {
  readonly id: string;
  readonly service: string;
  readonly cause: CauseId;
  readonly status: 'open' | 'resolved';
  readonly openedAt: string;
  readonly lastFailureAt: string;
  readonly resolvedAt: string | null;
  readonly failures: number;
  readonly hosts: readonly string[];
  /** Times it came back. */
  readonly reopened: number;
  /** Who or what keeps it quiet. */
  readonly mutedBy: string | null;
  /** Whether people were told of it at all. */
  readonly isTold: boolean;
};

export type IncidentList = {
  readonly schema: typeof INCIDENTS_SCHEMA;
  readonly from: string;
  readonly to: string;
  /** Latest first. */
  readonly incidents: readonly IncidentEntry[];
};

export type IncidentStory = IncidentEntry & {
  /** What it was taken for before. */
  readonly formerCauses: readonly CauseId[];
  /** What people were told, oldest first. */
  readonly history: readonly {
    readonly at: string;
    readonly transition: TransitionKind;
    readonly cause: CauseId;
    readonly reason: string;
    readonly failures: number;
  }[];
  /** Of what is still kept of its time; `null` when that is nothing. */
  readonly diagnosis: Diagnosis | null;
};

export type ListOptions = {
  readonly services: readonly string[];
  /** Epoch milliseconds; of their beginning. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly isOpenOnly: boolean;
};

/** Those that began in a time, and those that are open whenever they began. */
export async function listIncidents(table: Table, options: ListOptions): Promise<IncidentList> {
  const lists = await Promise.all(
    options.services.map((service) => incidentsOf(table, service, options)),
  );
  const incidents = lists
    .flat()
    .filter(({ status }) => !options.isOpenOnly || status === 'open')
    .sort((a, b) => b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1));
  return {
    schema: INCIDENTS_SCHEMA,
    from: isoTime(options.fromMs),
    to: isoTime(options.toMs),
    incidents: incidents.map(entryOf),
  };
}

async function incidentsOf(
  table: Table,
  service: string,
  { fromMs, toMs }: ListOptions,
): Promise<Incident[]> {
  const [rows, alive] = await Promise.all([
    table.query(incidentRange(service, fromMs, toMs)),
    readAlive(table, service),
  ]);
  const open = alive.incidents.map(({ incident }) => incident);
  const all = [...rows.map(({ body }) => decodeIncident(body)), ...open];
  const byId = new Map(all.map((incident) => [incident.id, incident]));
  return [...byId.values()].filter(
    ({ status, end, openedAt }) =>
      // One that turned out to be another one, or nothing, is none.
      end !== 'merged' && end !== 'retracted' && (status === 'open' || openedAt >= fromMs),
  );
}

/** `null`: there is none of this id. `nowMs`: epoch milliseconds. */
export async function incidentStory(
  table: Table,
  id: string,
  nowMs: number,
): Promise<IncidentStory | null> {
  const service = id.split('/').slice(0, -2).join('/');
  const stored = service === '' ? null : await readIncident(table, service, id);
  if (stored === null || stored.incident.id !== id) return null;
  const { incident } = stored;
  return {
    ...entryOf(incident),
    formerCauses: incident.formerCauses,
    history: incident.history.map(({ at, kind, cause, reason, failures }) => ({
      at: isoTime(at),
      transition: kind,
      cause,
      reason,
      failures,
    })),
    diagnosis: await diagnosisOf(table, incident, nowMs),
  };
}

/** From its minutes, or its hours where those are not kept any more. */
async function diagnosisOf(
  table: Table,
  { service, cause, openedAt, lastFailureAt }: Incident,
  nowMs: number,
): Promise<Diagnosis | null> {
  const hasMinutes = openedAt > nowMs - MINUTE_LIFE_MS;
  const step = hasMinutes ? MINUTE_MS : HOUR_MS;
  const [from, to] = [Math.floor(openedAt / step), Math.floor(lastFailureAt / step)];
  const ranges = hasMinutes ? minuteRanges(service, from, to) : hourRanges(service, from, to);
  const [rows, streams] = await Promise.all([
    Promise.all(ranges.map((range) => table.query(range))),
    table.query(streamRange(service)),
  ]);
  const seen = streams.map(({ body }) => decodeStream(body));
  const roles = new Set(LOG_ROLES.filter((role) => seen.some((stream) => stream.role === role)));
  const rollup: Rollup = newRollup();
  for (const { body } of rows.flat()) {
    const entry = decodeRollup(body).rollup.get(cause);
    if (entry) mergeRollup(rollup, new Map([[cause, entry]]));
  }
  const report = buildReport({
    inputs: [],
    window: null,
    requestsByStatus: null,
    rollup,
    roles: { given: roles, filled: roles },
    settings: NO_SETTINGS,
    notes: [],
    unparsed: { lines: 0, samples: [] },
  });
  return report.diagnoses[0] ?? null;
}

function entryOf(incident: Incident): IncidentEntry {
  const { id, service, cause, status, failures, hosts, reopened, mutedBy, told } = incident;
  return {
    id,
    service,
    cause,
    status,
    openedAt: isoTime(incident.openedAt),
    lastFailureAt: isoTime(incident.lastFailureAt),
    resolvedAt: incident.resolvedAt === null ? null : isoTime(incident.resolvedAt),
    failures,
    hosts,
    reopened,
    mutedBy,
    isTold: told !== null,
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
