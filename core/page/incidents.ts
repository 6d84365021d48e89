import { formatCount } from '../messages/numbers.ts';
import { formatTime } from '../messages/time-range.ts';
import { type Html, html } from './html.ts';

/** An incident as the page tells it. Times are ISO 8601 in UTC. */
export type PageIncident = {
  readonly id: string;
  readonly service: string;
  readonly title: string;
  readonly openedAt: string;
  readonly lastFailureAt: string;
  /** `null` while it is open. */
  readonly resolvedAt: string | null;
  readonly failures: number;
  /** What happened, oldest first: what people were told, and why. */
  readonly story: readonly { readonly at: string; readonly what: string }[];
};

/** Incidents with their stories, in the order that is given; nothing when there are none. */
export function incidentsSection(incidents: readonly PageIncident[]): Html | null {
  if (incidents.length === 0) return null;
  return html`<section class="incidents" aria-labelledby="incidents-title">
<h2 id="incidents-title">Incidents</h2>
${incidents.map(incidentEntry)}</section>
`;
}

function incidentEntry(incident: PageIncident): Html {
  const { resolvedAt, story } = incident;
  const end =
    resolvedAt === null ? 'still open' : `over at ${formatTime(resolvedAt, 'date')}\u00a0UTC`;
  return html`<article class="incident"><h3>${incident.title}</h3>
<p>${incident.service}: ${formatCount(incident.failures)} failed since ${formatTime(incident.openedAt, 'date')}\u00a0UTC, the last at ${formatTime(incident.lastFailureAt, 'date')}\u00a0UTC; ${end}.</p>
<ol class="story">${story.map(({ at, what }) => html`<li><time datetime="${at}">${formatTime(at, 'date')}</time> ${what}</li>`)}</ol>
<p class="id"><code>${incident.id}</code></p></article>
`;
}
