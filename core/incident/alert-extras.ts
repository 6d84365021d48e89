/** What a message says beside the incident: where to look, and what else the logs said. */
import type { ServiceContract } from '../contract.ts';
import { logsInsightsLink } from '../links.ts';
import type { AlertLinks, ContextLine } from '../messages/alert.ts';
import { streamRange } from '../records/keys.ts';
import { decodeStream } from '../records/stream-record.ts';
import { redactionOf } from '../redact/redaction-of.ts';
import type { Table } from '../table.ts';
import type { Transition } from './incident.ts';
import { isContextWanted, lookUpContext } from './log-context.ts';
import type { GroupsByRole, LogSearch } from './log-search.ts';

export type ExtrasPorts = { readonly table: Table; readonly search: LogSearch };

export type ExtrasTask = {
  readonly transition: Transition;
  readonly service: Pick<ServiceContract, 'name' | 'streams' | 'privacy'>;
  /** Of the service. */
  readonly groups: GroupsByRole;
  readonly region: string;
  readonly nowMs: number;
};

export type AlertExtras = {
  readonly links: AlertLinks;
  readonly context: readonly ContextLine[];
  /** Why something is not there. */
  readonly errors: readonly unknown[];
};

const MINUTE_MS = 60_000;
const FRESH_MS = 5 * MINUTE_MS;

/** Never rejects: an alert without them is better than none. */
export async function lookUpExtras(ports: ExtrasPorts, task: ExtrasTask): Promise<AlertExtras> {
  try {
    const links = linksOf(task);
    const { kind, at } = task.transition;
    // One that the topic refuses for long is not looked up each time that it is tried.
    const isFresh = task.nowMs - at < FRESH_MS;
    if (!isFresh || !isContextWanted(kind)) return { links, context: [], errors: [] };
    const { lines, errors } = await contextOf(ports, task);
    return { links, context: lines, errors };
  } catch (error) {
    return { links: {}, context: [], errors: [error] };
  }
}

async function contextOf({ table, search }: ExtrasPorts, task: ExtrasTask) {
  const { service, transition, groups, nowMs } = task;
  let problem: unknown = null;
  const rows = await table.query(streamRange(service.name)).catch((error: unknown) => {
    problem = error;
    return [];
  });
  const { lines, errors } = await lookUpContext(search, {
    transition,
    groups,
    nowMs,
    streams: rows.map(({ body }) => decodeStream(body)),
    streamTemplates: service.streams,
    redaction: redactionOf(service.privacy),
  });
  return { lines, errors: problem === null ? errors : [problem, ...errors] };
}

/** The logs that say most come first, should not all fit into a link. */
const LINKED_ROLES = ['error', 'gunicorn', 'access', 'system', 'app'];
/** A longer incident is looked at where it ended. */
const MAX_SPAN_MS = 24 * 60 * MINUTE_MS;

function linksOf({ transition, groups, region }: ExtrasTask): AlertLinks {
  const { openedAt, lastFailureAt } = transition.incident;
  const toMs = lastFailureAt + 2 * MINUTE_MS;
  const logs = logsInsightsLink({
    region,
    groups: LINKED_ROLES.flatMap((role) => groups[role] ?? []),
    fromMs: Math.max(openedAt - 5 * MINUTE_MS, toMs - MAX_SPAN_MS),
    toMs,
  });
  return logs === null ? {} : { logs };
}
