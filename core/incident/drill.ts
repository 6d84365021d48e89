/**
 * What a drill becomes: an incident that is over at once, with one transition of the kind `test`. It waits for nothing,
 * no mute keeps it quiet, and nothing is ever said of it again.
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { CauseRollup } from '../diagnose/rollup.ts';
import { firstIn } from './counts.ts';
import { isDrillId } from './drill-log.ts';
import type { Incident, Told } from './incident.ts';
import { diagnosisOfIncident } from './incident-diagnosis.ts';
import type { Situation } from './situation.ts';

/** The incidents of the drills that nobody was told of yet, a log stream each. */
export function newDrills(situation: Situation): readonly Incident[] {
  const known = new Set(situation.incidents.flatMap(({ hosts }) => hosts));
  const drills = new Map<string, Incident>();
  for (const [cause, minutes] of situation.counts) {
    for (const [minute, entry] of minutes) {
      if (entry.lastSeen < situation.nowMs - situation.policy.maxAgeMs) continue;
      for (const drill of drillsIn(entry)) {
        if (known.has(drill) || drills.has(drill)) continue;
        const openedAt = firstIn(entry, minute);
        drills.set(
          drill,
          told(incidentOf({ drill, cause, entry, openedAt }, situation), situation),
        );
      }
    }
  }
  return [...drills.values()];
}

function drillsIn({ hosts }: CauseRollup): readonly string[] {
  return [...hosts.counts].flatMap(([host, failures]) =>
    failures > 0 && isDrillId(host) ? [host] : [],
  );
}

type Found = {
  readonly drill: string;
  readonly cause: CauseId;
  readonly entry: CauseRollup;
  readonly openedAt: number;
};

function incidentOf(
  { drill, cause, entry, openedAt }: Found,
  { service, nowMs }: Situation,
): Incident {
  return {
    id: `${service}/${cause}/${drill}`,
    service,
    cause,
    formerCauses: [],
    // Over from the start, so that it is among the open ones nowhere.
    status: 'resolved',
    end: 'over',
    openedAt,
    lastFailureAt: entry.lastSeen,
    resolvedAt: entry.lastSeen,
    overBefore: null,
    noticedAt: nowMs,
    grewAt: nowMs,
    reopened: 0,
    failures: entry.hosts.counts.get(drill) ?? 0,
    settledFailures: 0,
    counted: [],
    hosts: [drill],
    told: null,
    mutedBy: null,
    transitions: 0,
    history: [],
    outbox: [],
    published: [],
  };
}

function told(incident: Incident, situation: Situation): Incident {
  const { nowMs: at } = situation;
  const { id, service, cause, openedAt, lastFailureAt, failures, hosts } = incident;
  const transition = {
    id: `${id}/1`,
    kind: 'test',
    at,
    reason: '',
    incident: {
      id,
      service,
      cause,
      formerCause: null,
      status: 'open',
      openedAt,
      lastFailureAt,
      resolvedAt: null,
      failures,
      hosts,
      knownHosts: null,
      requests: null,
    },
    diagnosis: diagnosisOfIncident(incident, situation),
  } as const;
  const told: Told = { at, status: 'resolved', cause, reopened: 0, failures, hosts };
  return { ...incident, transitions: 1, told, outbox: [transition] };
}
