/** How an incident is written into a row of the table, and read again. */
import type { Diagnosis } from '../diagnosis.ts';
import { AppError } from '../errors.ts';
import { isLonger, MAX_BODY_BYTES } from '../table.ts';
import type { Incident } from './incident.ts';

/** Lines of evidence that each diagnosis of the outbox keeps when everything would not fit into one row. */
const KEPT_LINES = [Number.POSITIVE_INFINITY, 8, 4, 1, 0] as const;

/** The body of a row; of an incident that is too large for one, with less evidence in what is not published yet. */
export function encodeIncident(incident: Incident): string {
  let body = '';
  for (const kept of KEPT_LINES) {
    body = JSON.stringify({ v: 1, incident: withEvidence(incident, kept) });
    if (!isLonger(body, MAX_BODY_BYTES)) return body;
  }
  throw new AppError('IncidentTooLarge', `an incident takes ${body.length} characters`);
}

/** Throws `AppError` for one of a version that this code does not know. */
export function decodeIncident(body: string): Incident {
  const { v, incident } = JSON.parse(body);
  // Rows of the first versions have no history.
  if (v === 1) return { ...incident, history: incident.history ?? [] };
  throw new AppError('UnknownRecord', `an incident has the version ${String(v)}`, {
    hint: 'a newer badgateway wrote it: deploy that version, or a later one',
  });
}

function withEvidence(incident: Incident, kept: number): Incident {
  const outbox = incident.outbox.map((transition) => ({
    ...transition,
    diagnosis: cut(transition.diagnosis, kept),
  }));
  return { ...incident, outbox };
}

function cut(diagnosis: Diagnosis, kept: number): Diagnosis {
  return { ...diagnosis, evidence: diagnosis.evidence.slice(0, kept) };
}
