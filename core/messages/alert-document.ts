/** The machine document of an alert, `badgateway/alert@1`; described by `core/schema/alert.ts`. All times are ISO 8601. */
import { CATALOGUE } from '../catalogue/catalogue.ts';
import type { CauseId } from '../catalogue/cause-ids.ts';
import { NOTHING_KNOWN } from '../catalogue/fix-context.ts';
import type { Diagnosis } from '../diagnosis.ts';
import type { IncidentSummary, Transition } from '../incident/incident.ts';
import type { AlertSummary, SummarisedTransition } from '../incident/summary.ts';
import type { Alert, AlertLinks, ContextLine } from './alert.ts';
import { type NoticeDocument, noticeDocument } from './notice.ts';
import { printableText } from './printable.ts';

export const ALERT_SCHEMA = 'badgateway/alert@1';

/** One change of one incident. */
export type TransitionDocument = {
  readonly schema: typeof ALERT_SCHEMA;
  readonly id: string;
  readonly transition: Transition['kind'];
  readonly at: string;
  readonly reason: string;
  readonly service: string;
  readonly incident: IncidentDocument;
  readonly diagnosis: Diagnosis;
  readonly links: AlertLinks;
  /** Lines of the service's logs around the failures, oldest first. */
  readonly context: readonly DocumentContextLine[];
  /** It was too large: the context, or also the evidence, was left out. */
  readonly truncated: boolean;
};

type IncidentDocument = Omit<IncidentSummary, 'openedAt' | 'lastFailureAt' | 'resolvedAt'> & {
  readonly openedAt: string;
  readonly lastFailureAt: string;
  readonly resolvedAt: string | null;
  /** The verdict that people were told before, as a sentence; `null`: it is still the same. */
  readonly formerTitle: string | null;
};

export type DocumentContextLine = Omit<ContextLine, 'at'> & { readonly at: string };

/** Many changes at once. */
export type SummaryDocument = {
  readonly schema: typeof ALERT_SCHEMA;
  readonly id: string;
  readonly transition: 'summary';
  readonly at: string;
  readonly service: '*';
  /** Of the changes, each once, in order of name. */
  readonly services: readonly string[];
  readonly transitions: readonly SummarisedDocument[];
  /** Changes that are in the e-mail, and were too many for this document. */
  readonly omitted: number;
  /** Changes that come in the next summary. */
  readonly waiting: number;
};

export type SummarisedDocument = Pick<
  SummarisedTransition,
  'id' | 'reason' | 'title' | 'severity'
> & {
  readonly transition: Transition['kind'];
  readonly at: string;
  readonly incident: IncidentDocument;
};

export type AlertDocument =
  | TransitionDocument
  | SummaryDocument
  | ({ readonly schema: typeof ALERT_SCHEMA } & NoticeDocument);

export function alertDocumentOf({ publication, links, context }: Alert): AlertDocument {
  switch (publication.kind) {
    case 'summary':
      return summaryDocument(publication);
    case 'notice':
      return { schema: ALERT_SCHEMA, ...noticeDocument(publication) };
    default:
      return transitionDocument(publication, { links, context });
  }
}

export function transitionDocument(
  { id, kind, at, reason, incident, diagnosis }: Transition,
  { links, context }: Omit<Alert, 'publication'>,
): TransitionDocument {
  return {
    schema: ALERT_SCHEMA,
    id,
    transition: kind,
    at: isoTime(at),
    reason,
    service: incident.service,
    incident: incidentDocument(incident),
    diagnosis,
    links: safeLinks(links),
    context: context.map(contextLine),
    truncated: false,
  };
}

/** What comes after it tells nobody more. */
const LONGEST_LINE = 1_000;

/** Fit to show, as evidence is; the tabs that some tracebacks are indented with as spaces. */
function contextLine({ at, host, role, line }: ContextLine): DocumentContextLine {
  return {
    at: isoTime(at),
    host: printableText(host),
    role,
    line: printableText(line.slice(0, LONGEST_LINE).replaceAll('\t', '    ')),
  };
}

export function summaryDocument({ id, at, transitions, waiting }: AlertSummary): SummaryDocument {
  return {
    schema: ALERT_SCHEMA,
    id,
    transition: 'summary',
    at: isoTime(at),
    service: '*',
    services: [...new Set(transitions.map(({ incident }) => incident.service))].sort(),
    transitions: transitions.map(({ kind, incident, ...one }) => ({
      id: one.id,
      transition: kind,
      at: isoTime(one.at),
      reason: one.reason,
      title: one.title,
      severity: one.severity,
      incident: incidentDocument(incident),
    })),
    omitted: 0,
    waiting,
  };
}

function incidentDocument(incident: IncidentSummary): IncidentDocument {
  const { openedAt, lastFailureAt, resolvedAt, formerCause } = incident;
  return {
    ...incident,
    openedAt: isoTime(openedAt),
    lastFailureAt: isoTime(lastFailureAt),
    resolvedAt: resolvedAt === null ? null : isoTime(resolvedAt),
    formerTitle: formerCause && titleOf(formerCause),
  };
}

/** As it is called where nothing is known of the case. */
function titleOf(cause: CauseId): string {
  return CATALOGUE[cause].title(NOTHING_KNOWN);
}

/** Slack refuses longer ones. */
const LONGEST_LINK = 3_000;
/** Without what ends a link or means something to Slack: quotes, angle brackets, backticks, bars. */
const LINK = /^https:\/\/[\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7b\x7d\x7e]+$/;

function safeLinks({ logs, dashboard }: AlertLinks): AlertLinks {
  const isSafe = (url: string | undefined): url is string =>
    url !== undefined && url.length <= LONGEST_LINK && LINK.test(url);
  return { ...(isSafe(logs) && { logs }), ...(isSafe(dashboard) && { dashboard }) };
}

/** A time no calendar has becomes the epoch. */
function isoTime(at: number): string {
  return new Date(Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : 0).toISOString();
}
