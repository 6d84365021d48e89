import type { DiagnosisReport } from '../diagnosis.ts';
import { cleanDocument } from '../messages/clean-report.ts';
import { impactSentences } from '../messages/impact.ts';
import { windowInWords } from '../messages/time-range.ts';
import { withStop } from '../messages/wrap.ts';
import { causeCard } from './cause-card.ts';
import { glanceSection } from './glance.ts';
import { type Html, html, trusted } from './html.ts';
import { incidentsSection, type PageIncident } from './incidents.ts';
import { inputsSection } from './inputs.ts';
import { type PageContext, pageContextOf } from './page-context.ts';
import { placesSection } from './places.ts';
import { SCRIPT } from './script.ts';
import { STYLESHEET } from './stylesheet.ts';
import { timelineSection } from './timeline-section.ts';

/** How every page begins: what is there may be overwritten by another one. */
export const PAGE_START = '<!doctype html>\n<html lang="en" data-page="badgateway">';

export type PageOptions = {
  /** SHA-256 of a text, in base64: the page allows its own style and script, and nothing else. */
  readonly sha256: (text: string) => string;
  readonly version: string;
  readonly incidents?: readonly PageIncident[];
};

/**
 * The report as one HTML file that loads nothing: the verdict, the causes at a glance, failures over time, a card a
 * cause, hosts and routes, incidents if they are given, and what was read. Whatever the logs held is text there.
 */
export function renderPage(report: DiagnosisReport, options: PageOptions): string {
  const shown = cleanDocument(report);
  const incidents = cleanDocument(options.incidents ?? []);
  const context = pageContextOf(shown);
  const [verdict = '', ...more] = impactSentences(shown, '–').map(withoutLongSpaces);
  const page = html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(options.sha256)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="badgateway ${options.version}">
<title>${verdict}</title>
<style>${trusted(STYLESHEET)}</style>
</head>
<body>
<a class="skip" href="#causes">Skip to the causes</a>
<header class="top">
<p class="brand">badgateway</p>
<h1>${withStop(verdict)}</h1>
${more.map((sentence) => html`<p class="more">${sentence}</p>`)}
</header>
<main>
${glanceSection(shown, context)}${timelineSection(shown)}${causes(shown, context)}${placesSection(shown)}${incidentsSection(incidents)}${inputsSection(shown, context)}</main>
${footer(shown, options)}
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return `${PAGE_START}\n${page.markup}`;
}

/** A number and its unit stay together; a sentence of a heading may break elsewhere. */
function withoutLongSpaces(text: string): string {
  return text.replaceAll('\u00a0UTC', ' UTC');
}

function policy(sha256: (text: string) => string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${sha256(STYLESHEET)}'`,
    `script-src 'sha256-${sha256(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function causes({ diagnoses }: DiagnosisReport, context: PageContext): Html {
  return html`<div id="causes" tabindex="-1">
${diagnoses.map((diagnosis, index) => causeCard(diagnosis, index, context))}</div>
`;
}

function footer({ window }: DiagnosisReport, { version }: PageOptions): Html {
  const span =
    window === null
      ? null
      : html`<p>The logs: ${windowInWords(window, '–')}. All times are UTC.</p>`;
  return html`<footer>${span}<p>Made by badgateway ${version} from the logs alone. Log lines may hold addresses and names of people: mind who gets this page.</p></footer>`;
}
