import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import { formatCount, formatDuration, formatWholeShare } from '../messages/numbers.ts';
import { formatTime } from '../messages/time-range.ts';
import { topRoutes } from '../messages/top-routes.ts';
import { colourOf } from './cause-colour.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { shareBar } from './share-bar.ts';

/** So many fit above the fold of a laptop, with the timeline. */
const MOST_FULL = 3;

/** The causes in a list: how much, what, since when, where, and what to do first. It is the legend of the timeline, too. */
export function glanceSection({ diagnoses }: DiagnosisReport, context: PageContext): Html | null {
  if (diagnoses.length === 0) return null;
  const isShort = diagnoses.length > MOST_FULL;
  return html`<section class="glance" aria-labelledby="glance-title">
<h2 id="glance-title" class="unseen">Causes at a glance</h2>
<ol>${diagnoses.map((diagnosis, index) => glanceItem(diagnosis, index, context, isShort && index >= MOST_FULL))}</ol>
</section>
`;
}

function glanceItem(diagnosis: Diagnosis, index: number, context: PageContext, isShort: boolean) {
  const { title, fixes } = diagnosis;
  const first = fixes[0];
  const todo =
    isShort || first === undefined
      ? null
      : html`<p class="first"><a href="#do-${index + 1}"><b>Do first:</b> ${first.title}</a></p>`;
  return html`<li>
<p class="number"><i class="swatch fill-${colourOf(index)}"></i>${index + 1}</p>
<div class="what">
<p class="verdict"><a href="#cause-${index + 1}">${title}</a></p>
<p class="when">${sinceWords(diagnosis, context)}</p>
${todo}</div>
${howMany(diagnosis, index, context)}
</li>`;
}

function howMany({ failures }: Diagnosis, index: number, context: PageContext): Html {
  if (failures === 0) return html`<p class="much none">${noFailures(context)}</p>`;
  return html`<p class="much"><b>${formatCount(failures)}</b> <span>${formatWholeShare(failures, context.failures)}</span>${shareBar(failures, context.failures, colourOf(index))}</p>`;
}

/** What stands where the count of failures would. */
export function noFailures({ hasNginxLog }: PageContext): string {
  return hasNginxLog ? 'no request failed' : 'failed requests: not known';
}

/** `01:00:47 – 01:01:12 UTC (25 s) · GET /reports/:id`. */
function sinceWords(diagnosis: Diagnosis, context: PageContext): Html {
  const routes = topRoutes(diagnosis, 1);
  const places = routes.map(({ route }) => (route === 'others' ? 'others' : route));
  return html`${whenWords(diagnosis, context)}${places.map((place) => html` · <span class="route">${place}</span>`)}`;
}

/** `01:00:47 – 01:01:12 UTC (25 s)`. */
export function whenWords({ firstSeen, lastSeen }: Diagnosis, { detail }: PageContext): string {
  const from = formatTime(firstSeen, detail);
  const to = formatTime(lastSeen, detail);
  const duration = Date.parse(lastSeen) - Date.parse(firstSeen);
  if (from === to || !Number.isFinite(duration)) return `${from}\u00a0UTC`;
  return `${from} – ${to}\u00a0UTC (${formatDuration(duration)})`;
}
