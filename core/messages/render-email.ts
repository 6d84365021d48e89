/** The e-mail about a change of an incident, or about many at once. */
import { shellQuote } from '../catalogue/shell.ts';
import type { Fix } from '../diagnosis.ts';
import type { Alert, AlertText } from './alert.ts';
import { summaryDocument, type TransitionDocument, transitionDocument } from './alert-document.ts';
import {
  checkLines,
  evidenceLines,
  LINE_WIDTH,
  paragraph,
  section,
  stepLines,
  WIDTH,
  whereLines,
  whyHeading,
  whyLines,
} from './alert-sections.ts';
import { formerlyOf, headlineOf, impactOf } from './alert-words.ts';
import { beforeTheEnd } from './before-the-end.ts';
import { cleanDocument } from './clean-report.ts';
import { contextLines } from './context-lines.ts';
import { summaryEmail } from './email-summary.ts';
import { noticeEmail } from './notice.ts';
import { formatCount } from './numbers.ts';
import { joinLines } from './page.ts';
import { pickEvidence } from './pick-evidence.ts';
import { hiddenInWords } from './render-facts.ts';
import { noticeOf } from './restart-notice.ts';
import { transitionSubject } from './subject.ts';
import { detailOf, type TimeDetail } from './time-range.ts';
import { asSentence, withStop, wrapText } from './wrap.ts';

/** Whatever is in the logs: all bodies of a message have to fit into one. */
const LONGEST_BODY = 24_000;
const FEW_LINES = 3;

/** Subject and plain text; the subject is ASCII, one line and shorter than 100 characters. */
export function renderEmail({ publication, ...extras }: Alert): AlertText {
  switch (publication.kind) {
    case 'summary':
      return cut(summaryEmail(cleanDocument(summaryDocument(publication))));
    case 'notice':
      return noticeEmail(publication);
    default:
      return cut(transitionEmail(cleanDocument(transitionDocument(publication, extras))));
  }
}

function transitionEmail(document: TransitionDocument): AlertText {
  const lines = [
    ...paragraph(withStop(headlineOf(document))),
    ...paragraph(formerlyOf(document), ...impactOf(document)),
    ...sectionsOf(document),
    ...section('LOOK', lookLines(document)),
    '',
    ...endOf(document),
  ];
  return { subject: transitionSubject(document), body: joinLines(lines) };
}

function sectionsOf(document: TransitionDocument): string[] {
  if (noticeOf(document) !== null) return noticeSections(document);
  switch (document.transition) {
    case 'resolved':
      return paragraph(beforeTheEnd(document));
    case 'escalated':
      return escalatedSections(document);
    case 'refined':
      return refinedSections(document);
    default:
      return openedSections(document);
  }
}

/** All that is known. */
function openedSections(document: TransitionDocument): string[] {
  const { diagnosis } = document;
  return [
    ...hiddenInWords(diagnosis).flatMap((text) => wrapText(asSentence(text), WIDTH)),
    ...whereSection(document),
    ...section(whyHeading(diagnosis), whyLines(diagnosis, timeDetail(document))),
    ...contextSection(document),
    ...(document.transition === 'test' ? [] : doSections(diagnosis.fixes)),
  ];
}

/** What it is now; where it fails has been told. */
function refinedSections(document: TransitionDocument): string[] {
  const { diagnosis } = document;
  const isOfBackend = ({ role }: { role: string }) => role === 'gunicorn' || role === 'system';
  const news = diagnosis.evidence.filter(isOfBackend);
  const evidence = news.length > 0 ? news : diagnosis.evidence;
  return [
    ...section(whyHeading(diagnosis), whyLines({ ...diagnosis, evidence }, timeDetail(document))),
    ...contextSection(document),
    ...doSections(diagnosis.fixes),
  ];
}

/** The verdict has been explained before: the steps are there again for whoever comes to it now. */
function escalatedSections(document: TransitionDocument): string[] {
  const { diagnosis } = document;
  const evidence = pickEvidence(diagnosis.evidence).slice(0, FEW_LINES);
  const steps = diagnosis.fixes.map((fix) => ({ ...fix, why: '' }));
  return [
    ...whereSection(document),
    ...section('WHAT THE LOGS SAY', evidenceLines(evidence, timeDetail(document))),
    ...contextSection(document),
    ...doSections(steps),
  ];
}

function doSections(fixes: readonly Fix[]): string[] {
  return [
    ...section('WHAT TO DO', stepLines(fixes)),
    ...section('CHECK THAT IT WORKED', checkLines(fixes)),
  ];
}

/** What a restart said of itself, and how it loses nothing. */
function noticeSections(document: TransitionDocument): string[] {
  const { diagnosis } = document;
  const evidence = pickEvidence(diagnosis.evidence).slice(0, FEW_LINES + 1);
  const steps = diagnosis.fixes.slice(1).map(({ title }) => `- ${title}`);
  return [
    ...section('WHAT THE LOGS SAY', evidenceLines(evidence, timeDetail(document))),
    ...section('TO LOSE NONE NEXT TIME', steps),
  ];
}

/** Of an incident that is older than the minutes at hand only the newest failures are known by place. */
function whereSection({ diagnosis, incident }: TransitionDocument): string[] {
  const isPart = incident.failures > diagnosis.failures;
  const heading = isPart ? `WHERE  (the newest ${formatCount(diagnosis.failures)})` : 'WHERE';
  // The only host has been named with the impact.
  const isNamed = incident.hosts.length === 1 && (incident.knownHosts ?? 0) <= 1;
  return section(heading, whereLines(isNamed ? { ...diagnosis, hosts: [] } : diagnosis));
}

function contextSection(document: TransitionDocument): string[] {
  const options = { detail: timeDetail(document), width: LINE_WIDTH };
  return section('FROM THE LOGS AT THAT TIME', contextLines(document.context, options));
}

function lookLines({ links, diagnosis, transition }: TransitionDocument): string[] {
  return [
    ...(links.logs === undefined ? [] : ['All logs at that time:', `  ${links.logs}`]),
    ...(links.dashboard === undefined ? [] : ['Dashboard:', `  ${links.dashboard}`]),
    ...(transition === 'resolved' ? [] : diagnosis.docs.map((url) => `Read: ${url}`)),
  ];
}

function endOf({ incident, transition }: TransitionDocument): string[] {
  const id = `Incident ${incident.id}`;
  if (transition === 'resolved' || transition === 'test') return [id];
  const what = `--service ${shellQuote(incident.service)} --cause ${incident.cause}`;
  return [id, 'Quiet it for two hours:', `  badgateway mute ${what} --for 2h --reason "…"`];
}

/** Clocks, as long as all is of the day of the message. */
function timeDetail({ at, incident, diagnosis, context }: TransitionDocument): TimeDetail {
  const times = [...diagnosis.evidence, ...context].map((line) => line.at);
  const from = [incident.openedAt, ...times].reduce((a, b) => (b < a ? b : a));
  return detailOf({ from, to: at });
}

function cut({ subject, body }: AlertText): AlertText {
  if (body.length <= LONGEST_BODY) return { subject, body };
  const end = body.lastIndexOf('\n', LONGEST_BODY);
  return { subject, body: `${body.slice(0, end > 0 ? end : LONGEST_BODY)}\n…\n` };
}
