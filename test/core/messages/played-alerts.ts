/** What people are told while logs arrive bit by bit, by the real pipeline. */
import { evaluateService } from '../../../core/evaluate/evaluate-service.ts';
import { afterEvaluation } from '../../../core/incident/after-evaluation.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import { lookUpContext } from '../../../core/incident/log-context.ts';
import type { LogSearch } from '../../../core/incident/log-search.ts';
import { DEFAULT_POLICY, type Policy } from '../../../core/incident/policy.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import type { ContextLine } from '../../../core/messages/alert.ts';
import type { LogRole } from '../../../core/model.ts';
import { REDACT_ALL } from '../../../core/redact.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { ingest, SERVICE } from '../../pipeline/deliveries.ts';
import { readTruth, type ShippedLog, scenarioLogs } from '../../pipeline/scenario-logs.ts';

export type Play = {
  readonly logs: readonly ShippedLog[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly policy?: Partial<Policy>;
  /** How long a line takes to arrive. */
  readonly delayMs?: (role: LogRole, atMs: number) => number;
};

const STEP_MS = 10_000;
/** Time for the end to be told. */
const AFTER_MS = 15 * 60_000;
const REQUESTS_PER_MINUTE = 974;
const SETTINGS = { gunicornVersion: null, timeoutSeconds: null, unit: 'shop.service' };

/** The transitions, in order. */
export async function play(task: Play): Promise<Transition[]> {
  const { logs, fromMs, toMs, policy, delayMs = () => 0 } = task;
  const table = memoryTable();
  const told: Transition[] = [];
  const publish = async (publication: Publication) => {
    if (publication.kind !== 'summary' && publication.kind !== 'notice') told.push(publication);
  };
  const options = {
    service: SERVICE,
    policy: { ...DEFAULT_POLICY, ...policy },
    settings: SETTINGS,
  };
  for (let nowMs = fromMs; nowMs <= toMs + AFTER_MS; nowMs += STEP_MS) {
    for (const log of logs) {
      const events = log.events.filter(({ timestamp }) => {
        const comesMs = timestamp + delayMs(log.role, timestamp);
        return comesMs > nowMs - STEP_MS && comesMs <= nowMs;
      });
      if (events.length > 0) await ingest(table, { log, events }, nowMs);
    }
    const stamp = String(nowMs);
    await evaluateService(table, { service: SERVICE, nowMs, stamp });
    await afterEvaluation({ table, publish, countRequests }, { ...options, nowMs, stamp });
  }
  return told;
}

async function countRequests(_: string, from: number, to: number): Promise<Map<number, number>> {
  const minutes = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return new Map(minutes.map((minute) => [minute, REQUESTS_PER_MINUTE]));
}

/** A recorded scenario; its failures are few, so that two are enough. */
export async function playScenario(scenario: string): Promise<Transition[]> {
  const { window } = readTruth(scenario);
  const logs = await scenarioLogs(scenario);
  const [fromMs, toMs] = [Date.parse(window.from), Date.parse(window.to)];
  return play({ logs, fromMs, toMs, policy: { minFailures: 2 } });
}

/** The lines that an alert of a scenario would show. */
export async function contextOf(
  scenario: string,
  transition: Transition,
): Promise<readonly ContextLine[]> {
  const logs = await scenarioLogs(scenario);
  const groups = Object.fromEntries(logs.map(({ role, group }) => [role, [group]]));
  const search: LogSearch = async ({ group, fromMs, toMs, limit }) =>
    logs
      .filter((log) => log.group === group)
      .flatMap(({ stream, events }) =>
        events.map(({ timestamp, message }) => ({ at: timestamp, stream, message })),
      )
      .filter(({ at }) => at >= fromMs && at <= toMs)
      .slice(0, limit);
  const { lines } = await lookUpContext(search, {
    transition,
    groups,
    streams: [],
    streamTemplates: [],
    redaction: REDACT_ALL,
    nowMs: transition.at,
  });
  return lines;
}
