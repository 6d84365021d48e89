/** Publishes what the incidents of a service have to say. */

import { AppError } from '../errors.ts';
import type { Table } from '../table.ts';
import { addWaiting, flushSummary } from './flush-summary.ts';
import type { Incident, Transition } from './incident.ts';
import { readAlive, readIncident, writeIncident } from './incident-store.ts';
import { giveBack, MESSAGES_PER_MINUTE, takeMessage } from './message-budget.ts';
import { type Publish, type Published, publishSomehow } from './publish-somehow.ts';

export type FlushOptions = {
  readonly service: string;
  readonly publish: Publish;
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
  /** Messages a minute, of all services. */
  readonly budget?: number | undefined;
};

export type FlushResult = {
  /** Publications that were taken, summaries included. */
  readonly published: number;
  /** Transitions of the service that are left for a summary. Those of others are theirs to look after. */
  readonly waiting: number;
  /** What was said where a publication was refused; it is tried again by the next flush. */
  readonly errors: readonly unknown[];
  /** Why publications went out with less in them than they should have. */
  readonly shortened: readonly unknown[];
  /** What was said of those that no form of was taken for so long that they were given up. */
  readonly dropped: readonly unknown[];
};

/**
 * Each transition is published at least once, those of one incident in their order: it leaves the outbox after it
 * was taken. One that is refused keeps back the later ones of its incident, until it is published in another form or
 * given up. Beyond the budget they wait for a summary.
 */
export async function flushOutbox(table: Table, options: FlushOptions): Promise<FlushResult> {
  const summary = await flushSummary(table, options);
  const outcomes: Outcome[] = summary.outcome === null ? [] : [summary.outcome];
  const { incidents } = await readAlive(table, options.service);
  for (const { incident } of inOrder(incidents)) {
    for (const transition of incident.outbox) {
      const outcome = await flushOne(table, transition, options);
      outcomes.push(outcome);
      if (outcome.kind === 'refused') break;
      await markPublished(table, { incident, transition }, options);
    }
  }
  return resultOf(outcomes, summary.waiting);
}

type Outcome = Published | { readonly kind: 'waiting' };

function resultOf(outcomes: readonly Outcome[], waitingBefore: number): FlushResult {
  const errorsOf = (kind: Published['kind']) =>
    outcomes.flatMap((outcome) =>
      outcome.kind === kind && outcome.error !== null ? [outcome.error] : [],
    );
  const count = (kind: Outcome['kind']) => outcomes.filter((one) => one.kind === kind).length;
  return {
    published: count('published'),
    waiting: waitingBefore + count('waiting'),
    errors: errorsOf('refused'),
    shortened: errorsOf('published'),
    dropped: errorsOf('dropped'),
  };
}

async function flushOne(
  table: Table,
  transition: Transition,
  { publish, nowMs, stamp, budget = MESSAGES_PER_MINUTE }: FlushOptions,
): Promise<Outcome> {
  const slot = await takeMessage(table, { budget, nowMs, stamp: `${stamp} ${transition.id}` });
  if (slot === null) {
    await addWaiting(table, transition, nowMs);
    return { kind: 'waiting' };
  }
  const outcome = await publishSomehow(publish, transition, { sinceMs: transition.at, nowMs });
  if (outcome.kind !== 'published') await giveBack(table, slot);
  return outcome;
}

/** The oldest news first. */
function inOrder<T extends { readonly incident: Incident }>(stored: readonly T[]): readonly T[] {
  const at = ({ incident }: T) => incident.outbox[0]?.at ?? 0;
  return [...stored].sort((a, b) => at(a) - at(b));
}

const MAX_ATTEMPTS = 5;
const KEPT_IDS = 50;

/** Takes it out of the outbox as it is now: the incident may have been advanced meanwhile. */
async function markPublished(
  table: Table,
  { incident, transition }: { incident: Incident; transition: Transition },
  options: FlushOptions,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const stored = await readIncident(table, options.service, incident.id);
    if (!stored?.incident.outbox.some(({ id }) => id === transition.id)) return;
    const next: Incident = {
      ...stored.incident,
      outbox: stored.incident.outbox.filter(({ id }) => id !== transition.id),
      published: [...stored.incident.published, transition.id].slice(-KEPT_IDS),
    };
    const stamp = `${options.stamp} ${transition.id}`;
    const write = { incident: next, version: stored.version };
    if (await writeIncident(table, write, { nowMs: options.nowMs, stamp })) return;
  }
  throw new AppError('IncidentContended', `incident ${incident.id} is changed all the time`);
}
