/** Late evidence: incidents whose failures turned out to have another cause, and incidents that turned out to be one. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { failuresIn } from './counts.ts';
import type { Incident } from './incident.ts';
import { recount, recountAs, union } from './recount.ts';
import type { Situation } from './situation.ts';
import { ALERTED_CAUSES } from './worth-waking.ts';

/**
 * Incidents with what they are known to be now; of each cause at most one is open. One that is over changes
 * silently: its failures must not open another one.
 */
export function refineIncidents(
  incidents: readonly Incident[],
  situation: Situation,
): readonly Incident[] {
  const refined = incidents.map((incident) => {
    const isKnown = incident.status === 'open' || incident.end === 'over';
    const cause = isKnown ? otherCause(incident, situation) : null;
    return cause === null ? incident : recountAs(incident, cause, situation);
  });
  return mergeSame(refined, situation);
}

/** The cause that most of its failures moved to; `null` when they did not. */
function otherCause(incident: Incident, { counts }: Situation): CauseId | null {
  const lost = incident.counted
    .map(([minute, failures, most]) => ({ minute, count: most - failures }))
    .filter(({ count }) => count > 0);
  const moved = lost.reduce((sum, { count }) => sum + count, 0);
  const all = incident.counted.reduce((sum, [, , most]) => sum + most, incident.settledFailures);
  if (moved * 2 <= all) return null;
  let best: CauseId | null = null;
  let most = 0;
  for (const cause of ALERTED_CAUSES) {
    if (cause === incident.cause) continue;
    const taken = lost.reduce(
      (sum, { minute, count }) => sum + Math.min(count, failuresIn(counts, cause, minute)),
      0,
    );
    if (taken > most) [best, most] = [cause, taken];
  }
  return most * 2 >= moved ? best : null;
}

function mergeSame(incidents: readonly Incident[], situation: Situation): readonly Incident[] {
  const merged = new Map(incidents.map((incident) => [incident.id, incident]));
  for (const cause of ALERTED_CAUSES) {
    const open = [...merged.values()]
      .filter((incident) => incident.status === 'open' && incident.cause === cause)
      .sort(compareClaims);
    const [survivor, ...others] = open;
    if (!survivor || others.length === 0) continue;
    for (const other of others) merged.set(other.id, endAs(other, 'merged', situation));
    merged.set(survivor.id, recount(absorb(survivor, others), situation));
  }
  return [...merged.values()];
}

/** The one that people know goes on; of two, the older one. */
function compareClaims(a: Incident, b: Incident): number {
  const told = Number(b.told !== null) - Number(a.told !== null);
  return told || a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1);
}

function absorb(survivor: Incident, others: readonly Incident[]): Incident {
  return {
    ...survivor,
    openedAt: Math.min(survivor.openedAt, ...others.map(({ openedAt }) => openedAt)),
    settledFailures: Math.max(
      survivor.settledFailures,
      ...others.map(({ settledFailures }) => settledFailures),
    ),
    hosts: union(
      survivor.hosts,
      others.flatMap(({ hosts }) => hosts),
    ),
  };
}

/** Ends an incident of which nobody is told any more. */
export function endAs(
  incident: Incident,
  end: 'merged' | 'retracted',
  { nowMs }: Situation,
): Incident {
  return { ...incident, status: 'resolved', end, resolvedAt: nowMs };
}
