/** The machine document of an alert, `badgateway/alert@1` (`contracts.md`). */
import type { Diagnosis } from '../diagnosis.ts';
import type { IncidentSummary, Transition } from '../incident/incident.ts';
import type { AlertSummary, Publication } from '../incident/summary.ts';
import type { Alert, AlertLinks, ContextLine } from './alert.ts';
import { type NoticeDocument, noticeDocument } from './notice.ts';

const ALERT_SCHEMA = 'badgateway/alert@1';

export type AlertDocument =
  | {
      readonly schema: typeof ALERT_SCHEMA;
      readonly id: string;
      readonly transition: Transition['kind'];
      /** ISO 8601. */
      readonly at: string;
      readonly reason: string;
      readonly service: string;
      readonly incident: IncidentSummary;
      readonly diagnosis: Diagnosis;
      readonly links: AlertLinks;
      /** Lines of the service's logs around the failures, oldest first. */
      readonly context: readonly DocumentContextLine[];
    }
  | ({
      readonly schema: typeof ALERT_SCHEMA;
      readonly transition: 'summary';
      readonly service: '*';
    } & Omit<AlertSummary, 'kind'>)
  | ({ readonly schema: typeof ALERT_SCHEMA } & NoticeDocument);

/** Its time is ISO 8601. */
export type DocumentContextLine = Omit<ContextLine, 'at'> & { readonly at: string };

export function alertDocumentOf({ publication, links, context }: Alert): AlertDocument {
  if (publication.kind === 'summary') {
    const { kind, ...summary } = publication;
    return { schema: ALERT_SCHEMA, transition: kind, service: '*', ...summary };
  }
  if (publication.kind === 'notice')
    return { schema: ALERT_SCHEMA, ...noticeDocument(publication) };
  const { id, kind, at, reason, incident, diagnosis } = publication;
  return {
    schema: ALERT_SCHEMA,
    id,
    transition: kind,
    at: new Date(at).toISOString(),
    reason,
    service: incident.service,
    incident,
    diagnosis,
    links,
    context: context.map((line) => ({ ...line, at: new Date(line.at).toISOString() })),
  };
}

/** What filter policies of subscriptions see. */
export function alertAttributes(publication: Publication): Readonly<Record<string, string>> {
  if (publication.kind === 'summary') return { service: '*', transition: 'summary' };
  if (publication.kind === 'notice') return { service: '*', transition: 'notice' };
  const { incident, diagnosis, kind } = publication;
  return {
    service: incident.service,
    cause: incident.cause,
    severity: diagnosis.severity,
    transition: kind,
  };
}
