import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import { countOf, formatCount, formatDuration, formatWholeShare } from '../messages/numbers.ts';
import { formatTime } from '../messages/time-range.ts';
import { topRoutes } from '../messages/top-routes.ts';
import { colourOf } from './cause-colour.ts';
import { withFlags } from './flags.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { shareBar } from './share-bar.ts';

/** So many fit above the fold of a laptop, with the timeline; others are a line each. */
const MOST_FULL = 3;
const MOST_LISTED = 8;

/** The causes in a list: how much, what, since when, where, and what to do first. It is the legend of the timeline, too. */
export function glanceSection({ diagnoses }: DiagnosisReport, context: PageContext): Html | null {
  if (diagnoses.length === 0) return null;
  const items = diagnoses
    .slice(0, MOST_LISTED)
    .map((diagnosis, index) => glanceItem(diagnosis, index, context));
  return html`<section class="glance" aria-labelledby="glance-title">
<h2 id="glance-title" class="unseen">Causes at a glance</h2>
<ol>${items}</ol>
${moreCauses(diagnoses.length - MOST_LISTED)}</section>
`;
}

function moreCauses(more: number): Html | null {
  if (more <= 0) return null;
  const number = MOST_LISTED + 1;
  return html`<p class="rest"><a href="#cause-${number}">${countOf(more, 'more cause')} below</a></p>
`;
}

function glanceItem(diagnosis: Diagnosis, index: number, context: PageContext): Html {
  const isFull = index < MOST_FULL;
  return html`<li${isFull ? null : html` class="short"`}>
<p class="number"><i class="swatch fill-${colourOf(index)}"></i>${index + 1}</p>
<div class="what">
<p class="verdict"><a href="#cause-${index + 1}">${withFlags(diagnosis.title)}</a></p>
${isFull ? details(diagnosis, index, context) : null}</div>
${howMany(diagnosis, index, context)}
</li>`;
}

function details(diagnosis: Diagnosis, index: number, context: PageContext): Html {
  const first = diagnosis.fixes[0];
  const link = `#do-${index + 1}`;
  return html`<p class="when">${sinceWords(diagnosis, context)}</p>
${first === undefined ? null : html`<p class="first"><a href="${link}"><b>Do first:</b> ${first.title}</a></p>`}
`;
}

function howMany({ failures }: Diagnosis, index: number, context: PageContext): Html {
  if (failures === 0) return html`<p class="much none">${noFailures(context)}</p>`;
  return html`<p class="much"><b>${formatCount(failures)}</b> <span>${formatWholeShare(failures, context.failures)}</span>${shareBar(failures, context.failures, colourOf(index))}</p>`;
}

/** What stands where the count of failures would. */
export function noFailures({ hasNginxLog }: PageContext): string {
  return hasNginxLog ? 'no request failed' : 'failed requests: not known';
}

/** `01:00:47 – 01:01:12 UTC (25 s) · GET /reports/:id and others`. */
function sinceWords(diagnosis: Diagnosis, context: PageContext): Html {
  const [first, second] = topRoutes(diagnosis, 1);
  const when = whenWords(diagnosis, context);
  if (first === undefined) return html`${when}`;
  return html`${when} · <span class="route">${first.route}</span>${second === undefined ? null : ' and others'}`;
}

/** `01:00:47 – 01:01:12 UTC (25 s)`. */
export function whenWords({ firstSeen, lastSeen }: Diagnosis, { detail }: PageContext): string {
  const from = formatTime(firstSeen, detail);
  const to = formatTime(lastSeen, detail);
  const duration = Date.parse(lastSeen) - Date.parse(firstSeen);
  if (from === to || !Number.isFinite(duration)) return `${from}\u00a0UTC`;
  return `${from} – ${to}\u00a0UTC (${formatDuration(duration)})`;
}
