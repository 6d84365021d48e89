import type { Diagnosis, EvidenceLine } from '../diagnosis.ts';
import { absentSentences } from '../messages/absent.ts';
import { countOf, formatCount } from '../messages/numbers.ts';
import { pickEvidence } from '../messages/pick-evidence.ts';
import { hiddenInWords } from '../messages/render-facts.ts';
import { tellingLine } from '../messages/telling-line.ts';
import { formatTime } from '../messages/time-range.ts';
import { confidenceInWords, MECHANISM_WORDS, SIGNAL_WORDS } from '../messages/words.ts';
import { asSentence } from '../messages/wrap.ts';
import { type Html, html } from './html.ts';
import type { PageContext } from './page-context.ts';

const SIDES = [
  { name: 'NGINX', roles: ['access', 'error'] },
  { name: 'Gunicorn', roles: ['gunicorn'] },
  { name: 'The system', roles: ['system'] },
  { name: 'The application', roles: ['app'] },
] as const;

/** Why we think so: the telling lines of each side, what was looked for in vain, what else it did, the lines whole. */
export function whySection(diagnosis: Diagnosis, number: number, context: PageContext): Html {
  const { evidence, confidence, absent } = diagnosis;
  const roles = evidence.map(({ role }) => role);
  const sentences = [...absentSentences(absent), ...alsoSentences(diagnosis)].map(asSentence);
  return html`<h3 id="why-${number}">Why we think so</h3>
<p class="sure"><b class="${confidence}">${asLabel(confidence)}</b>: ${confidenceInWords(confidence, roles)}.</p>
${evidenceTable(pickEvidence(evidence), number, context)}
${sentences.length === 0 ? null : html`<ul class="also">${sentences.map((text) => html`<li>${text}</li>`)}</ul>`}
${wholeLines(evidence, context)}`;
}

function asLabel(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function evidenceTable(picked: readonly EvidenceLine[], number: number, context: PageContext) {
  const sides = SIDES.map(({ name, roles }) => ({
    name,
    lines: picked.filter(({ role }) => roles.some((one) => one === role)),
  })).filter(({ lines }) => lines.length > 0);
  if (sides.length === 0) return null;
  return html`<table class="evidence" aria-labelledby="why-${number}"><thead class="unseen"><tr><th scope="col">Where</th><th scope="col">When (UTC)</th><th scope="col">What the log says</th></tr></thead>
${sides.map(
  ({
    name,
    lines,
  }) => html`<tbody><tr class="side"><th scope="rowgroup" colspan="3">${name}</th></tr>
${lines.map((line) => evidenceRow(line, context))}</tbody>`,
)}</table>`;
}

function evidenceRow(line: EvidenceLine, context: PageContext): Html {
  return html`<tr><td class="place">${placeOf(line, context)}</td><td class="time"><time datetime="${line.at}">${formatTime(line.at, context.detail)}</time></td><td class="says"><code>${tellingLine(line.role, line.line)}</code></td></tr>
`;
}

/** `web-1/error.log:17`. */
function placeOf({ path, lineNumber }: EvidenceLine, { names }: PageContext): Html {
  const name = names.get(path) ?? path;
  return html`<span title="${path}">${lineNumber === null ? name : `${name}:${lineNumber}`}</span>`;
}

/** What else the same cause did: failures nobody saw, broken bodies, consequences, what the backend logged. */
function alsoSentences(diagnosis: Diagnosis): string[] {
  const symptoms = diagnosis.symptoms.map(
    ({ mechanism, count }) => `${MECHANISM_WORDS[mechanism] ?? mechanism} (${formatCount(count)})`,
  );
  const signals = diagnosis.signals.map(
    ({ signal, count }) => `${SIGNAL_WORDS[signal] ?? signal} (${formatCount(count)})`,
  );
  return [
    ...hiddenInWords(diagnosis),
    ...(symptoms.length === 0 ? [] : [`as a consequence: ${symptoms.join(', ')}`]),
    ...(signals.length === 0 ? [] : [`on the backend: ${signals.join(', ')}`]),
  ];
}

/** Every line of the evidence as it was logged. */
export function wholeLines(lines: readonly EvidenceLine[], context: PageContext): Html | null {
  if (lines.length === 0) return null;
  return html`<details class="lines"><summary>${countOf(lines.length, 'line')} as logged</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Lines as logged"><dl>${lines.map(
    (line) => html`<dt>${placeOf(line, context)}</dt><dd><code>${line.line}</code></dd>`,
  )}</dl></div></details>`;
}
