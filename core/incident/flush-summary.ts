/** Publishes what waits for a summary, at most one of them a minute in the whole deployment. */
import { hashOf } from '../records/hash.ts';
import { MINUTE_MS, summaryClaimKey, waitingKey, waitingRange } from '../records/keys.ts';
import type { Row, Table } from '../table.ts';
import { minuteAt } from './counts.ts';
import type { Transition } from './incident.ts';
import { type Publish, type Published, publishSomehow } from './publish-somehow.ts';
import { type SummarisedTransition, summarised, summaryOf } from './summary.ts';

export type { Publish } from './publish-somehow.ts';

type Waiting = { readonly minute: number; readonly transition: SummarisedTransition };

const WAITING_LIFE_MS = 16 * 86_400_000;

/** Lets a transition wait for the summary of this minute. A repetition changes nothing. */
export async function addWaiting(
  table: Table,
  transition: Transition,
  nowMs: number,
): Promise<void> {
  const waiting: Waiting = { minute: minuteAt(nowMs), transition: summarised(transition) };
  const body = JSON.stringify(waiting);
  const row = {
    ...waitingKey(transition.id),
    body,
    version: hashOf(body),
    expiresAt: Math.ceil((nowMs + WAITING_LIFE_MS) / 1_000) * 1_000,
  };
  await table.putIf(row, null);
}

export type SummaryResult = {
  /** Transitions published in a summary, and those that still wait for one. */
  readonly summarised: number;
  readonly waiting: number;
  /** What became of the summary; `null`: there was none to publish. */
  readonly outcome: Published | null;
};

export type FlushSummaryOptions = {
  /** Whose flush it is; what waits is everybody's. */
  readonly service: string;
  readonly publish: Publish;
  readonly nowMs: number;
  readonly stamp: string;
};

/**
 * What waits since a minute before this one is published. Everybody who flushes does this, so that it needs no
 * function of its own.
 */
export async function flushSummary(
  table: Table,
  { service, publish, nowMs, stamp }: FlushSummaryOptions,
): Promise<SummaryResult> {
  const rows = await table.query(waitingRange());
  const found = rows.map((row) => ({ row, waiting: JSON.parse(row.body) as Waiting }));
  const due = found.filter(({ waiting }) => waiting.minute < minuteAt(nowMs));
  const ownOf = (left: typeof found) =>
    left.filter(({ waiting }) => waiting.transition.incident.service === service).length;
  const nothing = { summarised: 0, waiting: ownOf(found), outcome: null };
  if (due.length === 0) return nothing;
  const claim: Row = {
    ...summaryClaimKey(),
    body: '{}',
    version: stamp,
    expiresAt: Math.ceil((nowMs + MINUTE_MS) / 1_000) * 1_000,
  };
  if (!(await table.putIf(claim, null))) return nothing;
  const summary = summaryOf(
    due.map(({ waiting }) => waiting.transition),
    nowMs,
  );
  const sinceMs = Math.min(...summary.transitions.map(({ at }) => at));
  const outcome = await publishSomehow(publish, summary, { sinceMs, nowMs });
  if (outcome.kind === 'refused') {
    await table.deleteIf(claim, claim.version);
    return { ...nothing, outcome };
  }
  const sent = new Set(summary.transitions.map(({ id }) => id));
  const done = due.filter(({ waiting }) => sent.has(waiting.transition.id));
  await Promise.all(done.map(({ row }) => table.deleteIf(row, row.version)));
  const left = found.filter((one) => !done.includes(one));
  return { summarised: done.length, waiting: ownOf(left), outcome };
}
