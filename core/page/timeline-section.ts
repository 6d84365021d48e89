import type { DiagnosisReport } from '../diagnosis.ts';
import { countOf, formatCount, formatDuration } from '../messages/numbers.ts';
import { detailOf, formatTime, type TimeDetail } from '../messages/time-range.ts';
import { colourOf } from './cause-colour.ts';
import { type Html, html, trusted } from './html.ts';
import { type Restart, restartLabel, restartsOf } from './restarts.ts';
import { type ChartMark, timelineChart } from './timeline-chart.ts';
import { type TimelineData, timelineData } from './timeline-data.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** For a column of text and for a telephone: a chart that was only scaled would have letters that nobody can read. */
const WIDE = { width: 920, height: 176 };
const NARROW = { width: 340, height: 190 };
const CHART_NAME = 'Failed requests over time, by cause. The table that follows has the numbers.';
/** Restarts that are named one by one. */
const MOST_RESTARTS = 12;

/** Failures over time, stacked by cause, with restarts marked; and the same as a table. */
export function timelineSection(report: DiagnosisReport): Html | null {
  const all = restartsOf(report);
  const data = timelineData(
    report,
    all.map(({ at }) => Date.parse(at)),
  );
  if (data === null) return null;
  const labels = labelsOf(data);
  const restarts = all.filter((restart) => data.rows[rowOf(restart, data)] !== undefined);
  const marks = marksOf(data, restarts);
  const chart = (size: typeof WIDE, className: string): Html =>
    trusted(timelineChart(data, marks, { labels, name: CHART_NAME, size, className }));
  return html`<section class="timeline" aria-labelledby="timeline-title">
<h2 id="timeline-title">Failed requests ${everyWords(data.widthMs)}</h2>
<figure>
${chart(WIDE, 'chart wide')}
${chart(NARROW, 'chart narrow')}
</figure>
${restartsInWords(restarts)}
<details class="data"><summary>The numbers as a table</summary>
${timelineTable(data, labels)}
</details>
</section>
`;
}

/** `a minute`, `every 15 min`. */
function everyWords(widthMs: number): string {
  return widthMs === MINUTE_MS ? 'by minute' : `every ${formatDuration(widthMs)}`;
}

function labelsOf({ rows, widthMs }: TimelineData): string[] {
  const times = rows.map(({ at }) => new Date(at).toISOString());
  const [from = '', to = ''] = [times[0], times.at(-1)];
  const detail = detailOf({ from, to });
  return times.map((time) => timeLabel(time, detail, widthMs));
}

/** To the minute, or to the day: the seconds are always zero. */
function timeLabel(time: string, detail: TimeDetail, widthMs: number): string {
  const label = formatTime(time, detail).replaceAll('\u00a0', ' ');
  return widthMs >= DAY_MS ? label.replace(/ \d\d:\d\d:\d\d$/, '') : label.replace(/:\d\d$/, '');
}

function rowOf({ at }: Restart, { rows, widthMs }: TimelineData): number {
  return Math.floor((Date.parse(at) - (rows[0]?.at ?? 0)) / widthMs);
}

function marksOf(data: TimelineData, restarts: readonly Restart[]): ChartMark[] {
  const byRow = new Map<number, Restart[]>();
  for (const restart of restarts) {
    const row = rowOf(restart, data);
    byRow.set(row, [...(byRow.get(row) ?? []), restart]);
  }
  return [...byRow].map(([row, marked]) => ({ row, label: restartLabel(marked) }));
}

function restartsInWords(restarts: readonly Restart[]): Html | null {
  if (restarts.length === 0) return null;
  const detail = detailOf({ from: restarts[0]?.at ?? '', to: restarts.at(-1)?.at ?? '' });
  const more = restarts.length - MOST_RESTARTS;
  return html`<p class="restarts">Marked: ${restarts
    .slice(0, MOST_RESTARTS)
    .map(
      ({ at, words, host }, index) =>
        html`${index > 0 ? '; ' : ''}${formatTime(at, detail)} ${words} on ${host}`,
    )}${more > 0 ? `; and ${formatCount(more)} more` : ''}. Restarts that broke nothing are not in a report.</p>`;
}

function timelineTable({ series, rows }: TimelineData, labels: readonly string[]): Html {
  const total = (failures: readonly number[]): number =>
    failures.reduce((sum, one) => sum + one, 0);
  const sums = series.map((_, column) => total(rows.map(({ failures }) => failures[column] ?? 0)));
  const kept = rows.map((row, index) => ({ ...row, label: labels[index] ?? '' }));
  const quiet = kept.filter(({ failures }) => total(failures) === 0).length;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Failed requests over time, as a table">
<table class="numbers"><thead><tr><th scope="col">From (UTC)</th>${series.map(
    ({ index, name }) =>
      html`<th scope="col"><i class="swatch fill-${colourOf(index)}"></i>${index + 1} <span class="unseen">${name}</span></th>`,
  )}<th scope="col">All</th></tr></thead>
<tbody>${kept
    .filter(({ failures }) => total(failures) > 0)
    .map(
      ({ label, failures }) =>
        html`<tr><th scope="row">${label}</th>${failures.map((count) => html`<td>${formatCount(count)}</td>`)}<td>${formatCount(total(failures))}</td></tr>
`,
    )}</tbody>
<tfoot><tr><th scope="row">All</th>${sums.map((sum) => html`<td>${formatCount(sum)}</td>`)}<td>${formatCount(total(sums))}</td></tr></tfoot></table></div>
${quiet > 0 ? html`<p class="quiet">${countOf(quiet, 'span', 'spans')} without a failure left out.</p>` : null}`;
}
