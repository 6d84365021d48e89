import type { Diagnosis } from '../diagnosis.ts';
import { worstBucket } from '../messages/bars.ts';
import { formatCount, formatWholeShare } from '../messages/numbers.ts';
import { formatTime } from '../messages/time-range.ts';
import { topRoutes } from '../messages/top-routes.ts';
import { colourOf } from './cause-colour.ts';
import { whySection } from './evidence.ts';
import { withFlags } from './flags.ts';
import { noFailures, whenWords } from './glance.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';
import { shareBar } from './share-bar.ts';
import { stepsSection } from './steps.ts';

const MOST_ROUTES = 5;
const MOST_PLACES = 8;

type Counted = { readonly name: string; readonly failures: number };

/** One cause: verdict, how much of the failures it is, where, when, why, what to do, how to check, what to read. */
export function causeCard(diagnosis: Diagnosis, index: number, context: PageContext): Html {
  const number = index + 1;
  return html`<article class="cause border-${colourOf(index)}" id="cause-${number}" aria-labelledby="cause-${number}-title" data-cause="${diagnosis.cause}">
<header><h2 id="cause-${number}-title"><span class="number">${number}</span> ${withFlags(diagnosis.title)}</h2>
<p class="id"><code>${diagnosis.cause}</code> · ${diagnosis.severity} severity</p></header>
${share(diagnosis, index, context)}
<dl class="facts">${facts(diagnosis, context)}</dl>
${whySection(diagnosis, number, context)}
${stepsSection(diagnosis, number)}
</article>
`;
}

function share({ failures }: Diagnosis, index: number, context: PageContext): Html {
  if (failures === 0) return html`<p class="part">${noFailures(context)}</p>`;
  return html`<p class="part"><b>${formatCount(failures)}</b> of ${formatCount(context.failures)} failed requests · ${formatWholeShare(failures, context.failures)}${shareBar(failures, context.failures, colourOf(index))}</p>`;
}

function facts(diagnosis: Diagnosis, context: PageContext): Html[] {
  const routes = topRoutes(diagnosis, MOST_ROUTES);
  const hosts = diagnosis.hosts.map(({ host, failures }) => ({ name: host, failures }));
  const upstreams = diagnosis.upstreams.map(({ upstream, failures }) => ({
    name: upstream,
    failures,
  }));
  const statuses = Object.entries(diagnosis.byStatus).map(([name, failures]) => ({
    name,
    failures,
  }));
  return [
    fact('When', html`${whenWords(diagnosis, context)}${peakWords(diagnosis, context)}`),
    ...places(
      'Where',
      routes.map(({ route, failures }) => ({ name: route, failures })),
    ),
    ...(context.hasManyHosts ? places('Hosts', hosts) : []),
    ...places('Upstream', upstreams),
    ...places(
      'Answered',
      statuses.sort((a, b) => b.failures - a.failures),
    ),
  ];
}

function peakWords({ timeline }: Diagnosis, { detail }: PageContext): string {
  const worst = timeline.length > 1 ? worstBucket(timeline) : null;
  if (worst === null) return '';
  return `, most at ${formatTime(worst.at, detail).replace(/:00$/, '')}`;
}

function fact(name: string, value: Html): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>
`;
}

function places(name: string, counted: readonly Counted[]): Html[] {
  if (counted.length === 0) return [];
  const shown = counted.slice(0, MOST_PLACES);
  const rest = counted.slice(MOST_PLACES).reduce((sum, { failures }) => sum + failures, 0);
  const all = rest > 0 ? [...shown, { name: 'others', failures: rest }] : shown;
  const items = all.map(
    (one) => html`<li><span>${one.name}</span> <b>${formatCount(one.failures)}</b></li>`,
  );
  return [fact(name, html`<ul class="counts">${items}</ul>`)];
}
