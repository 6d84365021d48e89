/** What follows an evaluation of a service: its incidents are brought up to date, and people are told. */
import type { Settings } from '../diagnose/fix-facts.ts';
import { MINUTE_MS } from '../records/keys.ts';
import type { Table } from '../table.ts';
import { advanceIncidents, type CountRequests } from './advance-incidents.ts';
import { minuteAt } from './counts.ts';
import { type FlushResult, flushOutbox } from './flush-outbox.ts';
import type { Incident } from './incident.ts';
import type { Policy } from './policy.ts';
import type { Publish } from './publish-somehow.ts';

export type AlertPorts = {
  readonly table: Table;
  readonly publish: Publish;
  readonly countRequests?: CountRequests | undefined;
};

export type AfterEvaluationOptions = {
  readonly service: string;
  readonly policy: Policy;
  readonly settings: Settings;
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
  /** Messages a minute, of all services. */
  readonly budget?: number | undefined;
};

export type AfterEvaluationResult = FlushResult & {
  readonly changed: readonly Incident[];
  /** When to call it again though no logs come: patience, quiet, what was refused. `null`: nothing waits. */
  readonly nextDueMs: number | null;
};

const RETRY_MS = 20_000;

/** Safe to repeat; throws when the table fails or somebody else was faster, and is to be called again then. */
export async function afterEvaluation(
  { table, publish, countRequests }: AlertPorts,
  options: AfterEvaluationOptions,
): Promise<AfterEvaluationResult> {
  const { nowMs } = options;
  const advanced = await advanceIncidents(table, { ...options, countRequests });
  const flushed = await flushOutbox(table, { ...options, publish });
  const due = [
    ...(advanced.nextDueMs === null ? [] : [advanced.nextDueMs]),
    ...(flushed.errors.length > 0 ? [nowMs + RETRY_MS] : []),
    ...(flushed.waiting > 0 ? [(minuteAt(nowMs) + 1) * MINUTE_MS] : []),
  ];
  return {
    ...flushed,
    changed: advanced.changed,
    nextDueMs: due.length === 0 ? null : Math.min(...due),
  };
}
