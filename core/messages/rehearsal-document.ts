/** What a rehearsal comes to, for programs and as the source of the text: `badgateway/rehearsal@1`. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Incident, Transition, TransitionKind } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import type { Rehearsal } from '../incident/rehearse.ts';

const REHEARSAL_SCHEMA = 'badgateway/rehearsal@1';

export type RehearsalDocument = {
  readonly schema: typeof REHEARSAL_SCHEMA;
  /** ISO 8601, as all times. */
  readonly window: { readonly from: string; readonly to: string };
  readonly policy: Policy;
  /** In the order of their times. */
  readonly messages: readonly RehearsedMessage[];
  readonly totals: {
    readonly messages: number;
    /** Of which somebody would have been told. */
    readonly incidents: number;
    /** Of which nobody would have been told: muted, or over before it was time to. */
    readonly untold: number;
    /** Most messages first. */
    readonly byCause: readonly RehearsedCause[];
  };
  /** Incidents of which people would still believe that they go on. */
  readonly open: readonly string[];
  readonly warnings: readonly string[];
};

export type RehearsedMessage = {
  readonly at: string;
  readonly transition: TransitionKind;
  readonly service: string;
  readonly cause: CauseId;
  readonly title: string;
  readonly reason: string;
  /** Of the incident until then. */
  readonly failures: number;
  readonly incident: string;
};

export type RehearsedCause = {
  readonly service: string;
  readonly cause: CauseId;
  readonly incidents: number;
  readonly messages: number;
  /** Failed requests of these incidents. */
  readonly failures: number;
};

export type RehearsedService = { readonly service: string; readonly rehearsal: Rehearsal };

export function rehearsalDocumentOf(
  services: readonly RehearsedService[],
  { fromMs, untilMs, policy }: { fromMs: number; untilMs: number; policy: Policy },
): RehearsalDocument {
  const transitions = services.flatMap(({ rehearsal }) => rehearsal.transitions);
  const incidents = services.flatMap(({ rehearsal }) => rehearsal.incidents);
  const told = new Set(transitions.map(({ incident }) => incident.id));
  const messages = transitions.map(messageOf).sort((a, b) => (a.at < b.at ? -1 : 1));
  return {
    schema: REHEARSAL_SCHEMA,
    window: { from: isoTime(fromMs), to: isoTime(untilMs) },
    policy,
    messages,
    totals: {
      messages: messages.length,
      incidents: told.size,
      untold: incidents.filter(({ id, end }) => !told.has(id) && end !== 'merged').length,
      byCause: byCause(transitions, incidents),
    },
    open: incidents
      .filter(({ told: last, end }) => last?.status === 'open' && end !== 'merged')
      .map(({ id }) => id),
    warnings: services.flatMap(({ service, rehearsal }) =>
      rehearsal.warnings.map((text) => (services.length > 1 ? `${service}: ${text}` : text)),
    ),
  };
}

function messageOf({ at, kind, reason, incident, diagnosis }: Transition): RehearsedMessage {
  return {
    at: isoTime(at),
    transition: kind,
    service: incident.service,
    cause: incident.cause,
    title: diagnosis.title,
    reason,
    failures: incident.failures,
    incident: incident.id,
  };
}

/** An incident counts for what it was known to be at the end. */
function byCause(
  transitions: readonly Transition[],
  incidents: readonly Incident[],
): RehearsedCause[] {
  const found = new Map<string, RehearsedCause>();
  for (const { id, service, cause, failures } of incidents) {
    const own = transitions.filter(({ incident }) => incident.id === id).length;
    if (own === 0) continue;
    const key = `${service}/${cause}`;
    const before = found.get(key) ?? { service, cause, incidents: 0, messages: 0, failures: 0 };
    found.set(key, {
      ...before,
      incidents: before.incidents + 1,
      messages: before.messages + own,
      failures: before.failures + failures,
    });
  }
  return [...found.values()].sort(
    (a, b) => b.messages - a.messages || (a.cause < b.cause ? -1 : 1),
  );
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
