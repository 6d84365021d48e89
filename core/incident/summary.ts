/** One message for many: what happened while more was to be told than people can be sent one by one. */
import type { Diagnosis } from '../diagnosis.ts';
import { longHashOf } from '../records/hash.ts';
import type { IncidentSummary, Transition } from './incident.ts';
import type { AlertNotice } from './notice.ts';

/** A transition in a summary. */
export type SummarisedTransition = Pick<Transition, 'id' | 'kind' | 'at' | 'reason'> & {
  readonly incident: IncidentSummary;
} & Pick<Diagnosis, 'title' | 'severity'>;

export type AlertSummary = {
  readonly kind: 'summary';
  /** `summary/20261120T140200Z-HASH`: stable, and another one for another content. */
  readonly id: string;
  /** When it was made, epoch milliseconds. */
  readonly at: number;
  /** Oldest first, at most 100. */
  readonly transitions: readonly SummarisedTransition[];
  /** More that wait for the next summary, a minute later. */
  readonly waiting: number;
};

/** What is published: a transition by itself, many in one, or a notice. Told apart by `kind`; ids are stable. */
export type Publication = Transition | AlertSummary | AlertNotice;

const MAX_SUMMARISED = 100;

export function summarised({
  id,
  kind,
  at,
  reason,
  incident,
  diagnosis,
}: Transition): SummarisedTransition {
  const { title, severity } = diagnosis;
  return { id, kind, at, reason, incident, title, severity };
}

/** Of the oldest of those that wait; there must be at least one. */
export function summaryOf(waiting: readonly SummarisedTransition[], nowMs: number): AlertSummary {
  const sorted = [...waiting].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const transitions = sorted.slice(0, MAX_SUMMARISED);
  const newest = Math.max(...transitions.map(({ at }) => at));
  const stamp = new Date(newest).toISOString().replace(/[-:]|\.\d+/g, '');
  return {
    kind: 'summary',
    id: `summary/${stamp}-${longHashOf(transitions.map(({ id }) => id).join(' '))}`,
    at: nowMs,
    transitions,
    waiting: sorted.length - transitions.length,
  };
}
