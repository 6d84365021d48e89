/** An incident: one cause that fails requests of one service, from its first failure until it is over. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Diagnosis } from '../diagnosis.ts';

type IncidentStatus = 'open' | 'resolved';

/**
 * How an incident ended. `over`: it was quiet for long enough; `merged`: it turned out to be another incident;
 * `retracted`: nobody had been told yet, and late evidence left nothing of it.
 */
type IncidentEnd = 'over' | 'merged' | 'retracted';

/** Failures of one epoch minute, as counted now and at the most so far: the difference went to other causes. */
export type CountedMinute = readonly [minute: number, failures: number, most: number];

export type Incident = {
  /** `shop/worker-timeout/20261120T140211Z`: service, the cause it was opened for, when. It never changes. */
  readonly id: string;
  readonly service: string;
  /** What is known now; late evidence may have refined what it was opened for. */
  readonly cause: CauseId;
  /** Causes it was taken for before, oldest first. */
  readonly formerCauses: readonly CauseId[];
  readonly status: IncidentStatus;
  readonly end: IncidentEnd | null;
  /** First failure, epoch milliseconds; late logs may move it to an earlier time. */
  readonly openedAt: number;
  /** Last failure that was counted. */
  readonly lastFailureAt: number;
  /** When it was over, which is `resolveAfterMs` after the last failure; `null` while it is open. */
  readonly resolvedAt: number | null;
  /** When it was over the time before; `null`: it never came back. */
  readonly overBefore: number | null;
  /** When an evaluation saw it begin or come back, and when one last saw it grow: by their clock, not by the logs'. */
  readonly noticedAt: number;
  readonly grewAt: number;
  /** Times it came back after it had been resolved. */
  readonly reopened: number;
  /** Client-visible failures since it was opened, as counted now. */
  readonly failures: number;
  /** Those of minutes that are too old to be counted again. */
  readonly settledFailures: number;
  /** The other minutes, in order. */
  readonly counted: readonly CountedMinute[];
  /** Of all hosts with failures, in order of name, at most 100. */
  readonly hosts: readonly string[];
  /** What people were told last; `null`: nothing yet. */
  readonly told: Told | null;
  /** Who or what keeps it quiet, for people; `null`: it is not muted. */
  readonly mutedBy: string | null;
  /** Transitions made so far: the last one's number. */
  readonly transitions: number;
  /** Transitions that are not known to be published yet, oldest first. */
  readonly outbox: readonly Transition[];
  /** What people were told, oldest first: the first and the last ones, at most 50. */
  readonly history: readonly HistoryEntry[];
  /** Ids of the last published transitions, so that none is made again. At most 50. */
  readonly published: readonly string[];
};

/** A transition as it is remembered when it is long published. */
export type HistoryEntry = Pick<Transition, 'kind' | 'at' | 'reason'> & {
  readonly cause: CauseId;
  readonly failures: number;
};

export type Told = {
  readonly at: number;
  readonly status: IncidentStatus;
  readonly cause: CauseId;
  /** `reopened` of then. */
  readonly reopened: number;
  readonly failures: number;
  readonly hosts: readonly string[];
};

const TRANSITION_KINDS = [
  'opened',
  'refined',
  'escalated',
  'resolved',
  'reopened',
  'test',
] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** A change that people are told of. Its id is stable: whoever gets it twice can tell. */
export type Transition = {
  /** `INCIDENT-ID/NUMBER`. */
  readonly id: string;
  readonly kind: TransitionKind;
  /** When it was decided, epoch milliseconds. */
  readonly at: number;
  /** Why now, in words: `60 failed requests when we last told you, 612 now; reached web-3`; '' for the others. */
  readonly reason: string;
  readonly incident: IncidentSummary;
  /** As it was known then. */
  readonly diagnosis: Diagnosis;
};

/** What a message says of the incident itself. Times are epoch milliseconds. */
export type IncidentSummary = {
  readonly id: string;
  readonly service: string;
  readonly cause: CauseId;
  /** What people were told last that it was, where it is something else; else `null`. */
  readonly formerCause: CauseId | null;
  readonly status: IncidentStatus;
  readonly openedAt: number;
  readonly lastFailureAt: number;
  readonly resolvedAt: number | null;
  readonly failures: number;
  readonly hosts: readonly string[];
  /** Hosts of the service that sent logs lately; `null` when it is not known. */
  readonly knownHosts: number | null;
  /** All requests of the service since it was opened, from its request metric; `null` when it is not known. */
  readonly requests: number | null;
};
