import type { Diagnosis } from '../diagnosis.ts';
import { renderSparkline, worstBucket } from './bars.ts';
import type { CauseContext } from './cause-context.ts';
import { countOf, formatCount, formatDuration } from './numbers.ts';
import { bodyWidth, labelled, type Page } from './page.ts';
import { cutMiddle, padText, textWidth } from './text-width.ts';
import { formatTime } from './time-range.ts';
import { topRoutes } from './top-routes.ts';
import { MECHANISM_WORDS, SIGNAL_WORDS } from './words.ts';
import { wrapPieces, wrapText } from './wrap.ts';

const MOST_ROUTES = 5;
const MOST_PLACES = 6;
const SPARK_COLUMNS = 24;

type Counted = { readonly name: string; readonly failures: number };

/** Where and when it happened, and what clients were answered. */
export function renderPlaces(page: Page, diagnosis: Diagnosis, context: CauseContext): string[] {
  const hosts = diagnosis.hosts.map(({ host, failures }) => ({ name: host, failures }));
  const upstreams = diagnosis.upstreams.map(({ upstream, failures }) => ({
    name: upstream,
    failures,
  }));
  const statuses = Object.entries(diagnosis.byStatus)
    .map(([status, failures]) => ({ name: status, failures }))
    .sort((a, b) => b.failures - a.failures);
  return [
    ...labelled(page, 'where', renderRoutes(page, diagnosis)),
    ...labelled(page, 'hosts', context.hasManyHosts ? renderCounts(page, hosts) : []),
    ...labelled(page, 'to', renderCounts(page, upstreams)),
    ...labelled(page, 'status', renderCounts(page, statuses, page.glyphs.times)),
    ...labelled(page, 'when', renderWhen(page, diagnosis, context)),
  ];
}

/** What else the same cause did: failures nobody saw, broken bodies, consequences, what the backend logged. */
export function renderSideEffects(page: Page, diagnosis: Diagnosis): string[] {
  const symptoms = diagnosis.symptoms.map(
    ({ mechanism, count }) => `${MECHANISM_WORDS[mechanism] ?? mechanism} (${formatCount(count)})`,
  );
  const signals = diagnosis.signals.map(
    ({ signal, count }) => `${SIGNAL_WORDS[signal] ?? signal} (${formatCount(count)})`,
  );
  const sentences = [
    ...hiddenInWords(diagnosis),
    ...(symptoms.length === 0 ? [] : [`as a consequence: ${symptoms.join(', ')}`]),
    ...(signals.length === 0 ? [] : [`on the backend: ${signals.join(', ')}`]),
  ];
  const lines = sentences.flatMap((text) => wrapText(text, bodyWidth(page)));
  return labelled(page, 'also', lines);
}

/** One sentence each for tries that no client noticed and for answers that broke off. */
export function hiddenInWords({ failures, retried, truncated }: Diagnosis): string[] {
  const more = failures > 0 ? ' more' : '';
  const tries = `${formatCount(retried)}${more} ${retried === 1 ? 'try' : 'tries'} at the backend`;
  return [
    ...(retried > 0
      ? [`${tries} failed unseen: another try answered, or nobody waited for it`]
      : []),
    ...(truncated > 0
      ? [
          `${countOf(truncated, 'answer')} broke off after the status: clients got 200 and half a page`,
        ]
      : []),
  ];
}

/** The routes with the most failures below each other, their counts in a column. */
function renderRoutes(page: Page, diagnosis: Diagnosis): string[] {
  const listed = topRoutes(diagnosis, MOST_ROUTES);
  const first = listed[0];
  if (first === undefined) return [];
  const widest = bodyWidth(page) - formatCount(diagnosis.failures).length - 2;
  const names = listed.map(({ route }) => cutMiddle(route, widest, page.glyphs.ellipsis));
  if (listed.length === 1) return names;
  const nameWidth = Math.max(...names.map(textWidth));
  const counts = listed.map((route) => formatCount(route.failures));
  const countWidth = Math.max(...counts.map(textWidth));
  return names.map(
    (name, row) => `${padText(name, nameWidth)}  ${(counts[row] ?? '').padStart(countWidth)}`,
  );
}

/** `web-1 171 · web-2 119`; the count is left out where there is nothing to compare it with. */
function renderCounts(page: Page, counted: readonly Counted[], times = ''): string[] {
  const width = bodyWidth(page);
  const only = counted.length === 1;
  const pieces = counted.slice(0, MOST_PLACES).map(({ name, failures }) => {
    const count = times + formatCount(failures);
    const shown = cutMiddle(name, width - count.length - 1, page.glyphs.ellipsis);
    return only ? shown : `${shown}\u00a0${count}`;
  });
  const rest = counted.length - MOST_PLACES;
  const more = rest > 0 ? [`and ${countOf(rest, 'other')}`] : [];
  return wrapPieces([...pieces, ...more], ` ${page.glyphs.dot} `, width);
}

/** `14:02:11 – 14:09:40 (7 min 29 s)   ▁▃▇█▇▅▂  most at 14:05`. */
function renderWhen(page: Page, diagnosis: Diagnosis, context: CauseContext): string[] {
  const from = formatTime(diagnosis.firstSeen, context.detail);
  const to = formatTime(diagnosis.lastSeen, context.detail);
  const duration = Date.parse(diagnosis.lastSeen) - Date.parse(diagnosis.firstSeen);
  const range =
    from === to || !Number.isFinite(duration)
      ? from
      : `${from} ${page.glyphs.dash} ${to} (${formatDuration(duration)})`;
  const spark = renderSparkline(diagnosis.timeline, SPARK_COLUMNS, page.glyphs);
  const worst = worstBucket(diagnosis.timeline);
  if (spark === '' || worst === null) return wrapText(range, bodyWidth(page));
  const peak = `most at ${formatTime(worst.at, context.detail).replace(/:00$/, '')}`;
  return wrapPieces([range, `${spark.replaceAll(' ', '\u00a0')}  ${peak}`], '   ', bodyWidth(page));
}
