/** What a message is made of: what is told, and what was looked up for it when it was sent. */
import type { Publication } from '../incident/summary.ts';
import type { LogRole } from '../model.ts';

export type Alert = {
  readonly publication: Publication;
  readonly links: AlertLinks;
  /** Lines of the service's logs around the failures, oldest first; empty when they were not looked up. */
  readonly context: readonly ContextLine[];
};

/** Addresses to be opened by people, whole; those that are not known are not there. */
export type AlertLinks = {
  /** CloudWatch Logs Insights, with a query over all of the service's log groups at the time of the incident. */
  readonly logs?: string;
  readonly dashboard?: string;
};

/** A line that was found in a log at the moment of alerting, redacted as all that is stored. */
export type ContextLine = {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly host: string;
  readonly role: LogRole;
  readonly line: string;
};

/** Nothing was looked up. */
export const NO_EXTRAS: Omit<Alert, 'publication'> = { links: {}, context: [] };

/** An e-mail: the subject is ASCII, one line and shorter than 100 characters; the body is plain text. */
export type AlertText = { readonly subject: string; readonly body: string };
