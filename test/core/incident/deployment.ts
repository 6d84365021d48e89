/** Services with a table, and a topic that takes what is published, or does not. */
import { NO_SETTINGS } from '../../../core/diagnose/fix-facts.ts';
import type { AfterEvaluationResult } from '../../../core/incident/after-evaluation.ts';
import { type AlertPorts, afterEvaluation } from '../../../core/incident/after-evaluation.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import { DEFAULT_POLICY, type Policy } from '../../../core/incident/policy.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import { hashOf } from '../../../core/records/hash.ts';
import { minuteRowKey } from '../../../core/records/keys.ts';
import { encodeRollup } from '../../../core/records/rollup-record.ts';
import type { Table } from '../../../core/table.ts';
import { type Failure, lineOf, minutesOf } from './service.ts';

/** Writes the minutes of a service as an evaluation would. */
export async function writeMinutes(
  table: Table,
  service: string,
  failures: readonly Failure[],
): Promise<void> {
  for (const [minute, record] of minutesOf(failures)) {
    const body = encodeRollup(record);
    const key = minuteRowKey(service, minute);
    await table.put({ ...key, body, version: hashOf(body), expiresAt: 4_000_000_000_000 });
  }
}

let attempts = 0;

export function evaluateAt(
  ports: AlertPorts,
  options: { service?: string; nowMs: number; policy?: Policy; budget?: number },
): Promise<AfterEvaluationResult> {
  attempts += 1;
  return afterEvaluation(ports, {
    service: 'shop',
    policy: DEFAULT_POLICY,
    settings: NO_SETTINGS,
    stamp: `attempt ${attempts}`,
    ...options,
  });
}

export class Topic {
  readonly taken: Publication[] = [];
  calls = 0;
  /** What happens to the n-th call, from 1. */
  fault: (call: number) => 'refuse' | 'lose-reply' | null = () => null;

  readonly publish = async (publication: Publication): Promise<void> => {
    this.calls += 1;
    const fault = this.fault(this.calls);
    if (fault === 'refuse') throw new Error('the topic refuses');
    this.taken.push(publication);
    if (fault === 'lose-reply') throw new Error('the reply is lost');
  };

  /** One line each. */
  lines(): string[] {
    return this.taken.map((publication) =>
      publication.kind === 'summary'
        ? `summary of ${publication.transitions.length}, ${publication.waiting} wait`
        : lineOf(publication as Transition),
    );
  }
}
