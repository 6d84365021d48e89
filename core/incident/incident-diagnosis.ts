/** The diagnosis that a message of an incident shows: of its failures in the minutes at hand. */
import { buildReport } from '../diagnose/report.ts';
import { addAt, type CauseRollup, entryOf, mergeRollup, newRollup } from '../diagnose/rollup.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { addToTally } from '../tally.ts';
import { minuteAt, minutesOf } from './counts.ts';
import type { Incident } from './incident.ts';
import type { Situation } from './situation.ts';

/** Of an incident that began before the first of the minutes, or has none left, it tells less; totals are the incident's. */
export function diagnosisOfIncident(incident: Incident, situation: Situation): Diagnosis {
  const diagnosis =
    diagnose(ownEntry(incident, situation), situation) ?? diagnose(bareEntry(incident), situation);
  if (!diagnosis) throw new Error(`no diagnosis of ${incident.id}`);
  return diagnosis;
}

function diagnose(entry: CauseRollup, { settings, roles }: Situation): Diagnosis | undefined {
  return buildReport({
    inputs: [],
    window: null,
    requestsByStatus: null,
    rollup: new Map([[entry.cause, entry]]),
    roles,
    settings,
    notes: [],
    unparsed: { lines: 0, samples: [] },
  }).diagnoses[0];
}

function ownEntry(incident: Incident, { counts }: Situation): CauseRollup {
  const rollup = newRollup();
  const first = minuteAt(incident.openedAt);
  const end = incident.resolvedAt ?? Number.POSITIVE_INFINITY;
  for (const [minute, entry] of minutesOf(counts, incident.cause)) {
    if (minute >= first && entry.firstSeen <= end)
      mergeRollup(rollup, new Map([[incident.cause, entry]]));
  }
  return entryOf(rollup, incident.cause);
}

function bareEntry({ cause, failures, openedAt, lastFailureAt, hosts }: Incident): CauseRollup {
  const entry = entryOf(newRollup(), cause);
  entry.failures = Math.max(1, failures);
  addAt(entry, openedAt, 0);
  addAt(entry, lastFailureAt, 0);
  for (const host of hosts) addToTally(entry.hosts, host, 0);
  return entry;
}
