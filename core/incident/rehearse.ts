/** What a policy would have sent about minutes of the past. */
import { MINUTE_MS } from '../records/keys.ts';
import type { RollupRecord } from '../records/rollup-record.ts';
import { firstMinute } from './advance-incidents.ts';
import { minuteAt } from './counts.ts';
import { decide, isAlive, nextDueMs } from './decide.ts';
import type { Incident, Transition } from './incident.ts';
import { policyWarnings } from './policy-warnings.ts';
import type { DecideInput } from './situation.ts';

export type RehearseInput = Omit<DecideInput, 'incidents' | 'fromMinute' | 'nowMs'> & {
  /** End of the time that is rehearsed, epoch milliseconds. */
  readonly untilMs: number;
};

export type Rehearsal = {
  /** What would have been sent, in order. */
  readonly transitions: readonly Transition[];
  /** The incidents as they were at the end, in the order of their beginning. */
  readonly incidents: readonly Incident[];
  /** Rules that could never fire, a sentence each. */
  readonly warnings: readonly string[];
};

/**
 * Goes through the minutes as evaluations would have, one at the end of each minute with failures and whenever time
 * alone could change something. Verdicts are the final ones: what late logs refined shows as it is known now.
 */
export function rehearse(input: RehearseInput): Rehearsal {
  const { policy } = input;
  const sorted = [...input.minutes].sort(([a], [b]) => a - b);
  const known = new Map<string, Incident>();
  const transitions: Transition[] = [];
  const alive = (nowMs: number) =>
    [...known.values()].filter((incident) => isAlive(incident, policy, nowMs));
  let nowMs = 0;
  for (;;) {
    const dueMs = nextDueMs(alive(nowMs), { policy, nowMs });
    const next = nextStep(sorted, dueMs, nowMs);
    if (next === null || next > input.untilMs) break;
    nowMs = next;
    const fromMinute = firstMinute(policy, nowMs);
    const seen = sorted.slice(indexOf(sorted, fromMinute), indexOf(sorted, minuteAt(nowMs)));
    const minutes = new Map(seen);
    const decision = decide({ ...input, incidents: alive(nowMs), minutes, fromMinute, nowMs });
    for (const incident of decision.incidents) {
      transitions.push(...incident.outbox);
      known.set(incident.id, { ...incident, outbox: [] });
    }
  }
  const incidents = [...known.values()].sort((a, b) => a.openedAt - b.openedAt);
  return { transitions, incidents, warnings: policyWarnings(input) };
}

type SortedMinutes = readonly (readonly [minute: number, record: RollupRecord])[];

/** The next whole minute at which there is something to decide; `null`: there is none. */
function nextStep(sorted: SortedMinutes, dueMs: number | null, nowMs: number): number | null {
  const minute = sorted[indexOf(sorted, minuteAt(nowMs))]?.[0];
  const times = [
    ...(minute === undefined ? [] : [(minute + 1) * MINUTE_MS]),
    ...(dueMs === null ? [] : [Math.ceil(dueMs / MINUTE_MS) * MINUTE_MS]),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

/** Index of the first that is not before the minute. */
function indexOf(sorted: SortedMinutes, minute: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.[0] ?? 0) < minute) low = middle + 1;
    else high = middle;
  }
  return low;
}
