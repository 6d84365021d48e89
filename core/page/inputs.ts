import type { DiagnosisReport, InputSummary } from '../diagnosis.ts';
import { countOf, formatCount } from '../messages/numbers.ts';
import { asSentence } from '../messages/wrap.ts';
import { wholeLines } from './evidence.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';

/** What was read, and what limits the answer. */
export function inputsSection(report: DiagnosisReport, context: PageContext): Html {
  const { inputs } = report;
  const directory = sharedDirectory(inputs.map(({ path }) => path));
  const rows = inputs.map((input) => inputRow(input, input.path.slice(directory.length)));
  return html`<section class="inputs" aria-labelledby="inputs-title">
<h2 id="inputs-title">What was read</h2>
${directory === '' ? null : html`<p class="directory">In <code>${directory}</code></p>`}
<div class="scroll" tabindex="0" role="region" aria-label="What was read">
<table class="numbers files"><thead><tr><th scope="col">File</th><th scope="col">Log</th><th scope="col">Host</th><th scope="col" class="count">Lines</th><th scope="col" class="count">Not understood</th><th scope="col">Recognised</th></tr></thead>
<tbody>${rows}</tbody></table></div>
</section>
${limitsSection(report, context)}`;
}

function inputRow({ role, host, lines, unparsed, notes }: InputSummary, name: string): Html {
  return html`<tr><th scope="row">${name}</th><td>${role}</td><td>${host}</td><td class="count">${formatCount(lines)}</td><td class="count">${formatCount(unparsed)}</td><td>${notes.join('; ')}</td></tr>
`;
}

/** The directory that several files share, with its slash, so that no row repeats it; else empty. */
function sharedDirectory(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  if (others.length === 0) return '';
  const parts = first.split('/').slice(0, -1);
  for (; parts.length > 0; parts.pop()) {
    const directory = `${parts.join('/')}/`;
    if (others.every((path) => path.startsWith(directory))) return directory;
  }
  return '';
}

function limitsSection(report: DiagnosisReport, context: PageContext): Html | null {
  const { unparsed } = report;
  const lines =
    unparsed.lines === 0 ? [] : [`${countOf(unparsed.lines, 'line')} could not be understood.`];
  const sentences = [
    ...explainedInWords(report, context),
    ...report.notes.map(asSentence),
    ...lines,
  ];
  if (sentences.length === 0) return null;
  return html`<section class="limits" aria-labelledby="limits-title">
<h2 id="limits-title">What limits the answer</h2>
<ul>${sentences.map((text) => html`<li>${text}</li>`)}</ul>
${wholeLines(unparsed.samples, context)}
</section>
`;
}

function explainedInWords({ diagnoses, failures }: DiagnosisReport, context: PageContext): Html[] {
  if (failures === 0 || !context.hasNginxLog) return [];
  const index = diagnoses.findIndex((one) => one.cause === 'unknown' && one.failures > 0);
  const unknown = diagnoses[index];
  if (unknown === undefined) return [html`Every failure is explained.`];
  const count = countOf(unknown.failures, 'failure is', 'failures are');
  return [
    html`${count} not explained; <a href="#cause-${index + 1}">cause ${index + 1}</a> says what is missing.`,
  ];
}
