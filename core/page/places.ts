import type { Diagnosis, DiagnosisReport } from '../diagnosis.ts';
import { countOf, formatCount } from '../messages/numbers.ts';
import { colourOf } from './cause-colour.ts';
import { type Html, html } from './html.ts';

const MOST_ROWS = 24;
/** Shades of a cell, from none to all of the largest. */
const SHADES = 5;

type Row = { readonly name: string; readonly counts: readonly number[]; readonly total: number };

/** Hosts and routes, a column a cause. A report does not know yet which routes failed on which host. */
export function placesSection(report: DiagnosisReport): Html | null {
  const diagnoses = report.diagnoses
    .map((diagnosis, index) => ({ diagnosis, index }))
    .filter(({ diagnosis }) => diagnosis.failures > 0);
  if (diagnoses.length === 0) return null;
  const indexes = diagnoses.map(({ index }) => index);
  const causes = diagnoses.map(({ diagnosis }) => diagnosis);
  const table = (name: string, rows: readonly Row[]): Html => matrix(name, rows, causes, indexes);
  return html`<section class="places" aria-labelledby="places-title">
<h2 id="places-title">Hosts and routes</h2>
<p>Failed requests; the columns are the causes above.</p>
${table(
  'Host',
  rowsOf(causes, ({ hosts }) => hosts.map(({ host, failures }) => [host, failures])),
)}
${table(
  'Route',
  rowsOf(causes, ({ routes }) => routes.map(({ route, failures }) => [route, failures])),
)}
</section>
`;
}

/** The most failures first; what a list does not name, and rows beyond the most, are others: columns add up. */
function rowsOf(
  causes: readonly Diagnosis[],
  named: (cause: Diagnosis) => [string, number][],
): Row[] {
  const byName = new Map<string, number[]>();
  causes.forEach((cause, column) => {
    for (const [name, failures] of named(cause)) {
      const counts = byName.get(name) ?? causes.map(() => 0);
      counts[column] = (counts[column] ?? 0) + failures;
      byName.set(name, counts);
    }
  });
  const rows = [...byName]
    .map(([name, counts]) => ({ name, counts, total: sum(counts) }))
    .sort((a, b) => b.total - a.total || a.name.localeCompare(b.name, 'en', { numeric: true }));
  const shown = rows.slice(0, MOST_ROWS);
  const others = causes.map(({ failures }, column) =>
    Math.max(0, failures - sum(shown.map(({ counts }) => counts[column] ?? 0))),
  );
  if (sum(others) === 0) return shown;
  const more = rows.length - shown.length;
  const name = more > 0 ? `${countOf(more, 'other')}, or not known` : 'others, or not known';
  return [...shown, { name, counts: others, total: sum(others) }];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}

function matrix(
  name: string,
  rows: readonly Row[],
  causes: readonly Diagnosis[],
  indexes: readonly number[],
): Html {
  const most = Math.max(1, ...rows.flatMap(({ counts }) => counts));
  const heads = causes.map(
    ({ title }, column) =>
      html`<th scope="col"><i class="swatch fill-${colourOf(indexes[column] ?? 0)}"></i>${(indexes[column] ?? 0) + 1} <span class="unseen">${title}</span></th>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${name}s by cause">
<table class="numbers matrix"><thead><tr><th scope="col">${name}</th>${heads}<th scope="col">All</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row">${row.name}</th>${row.counts.map((count) => html`<td class="shade-${shadeOf(count, most)}">${count === 0 ? '·' : formatCount(count)}</td>`)}<td>${formatCount(row.total)}</td></tr>
`,
  )}</tbody>
<tfoot><tr><th scope="row">All</th>${causes.map(({ failures }) => html`<td>${formatCount(failures)}</td>`)}<td>${formatCount(sum(causes.map(({ failures }) => failures)))}</td></tr></tfoot></table></div>
`;
}

function shadeOf(count: number, most: number): number {
  return Math.ceil((count / most) * SHADES);
}
