/** The e-mail about many changes at once, a paragraph a service. */
import { groupBy } from '../group-by.ts';
import type { AlertText } from './alert.ts';
import type { SummarisedDocument, SummaryDocument } from './alert-document.ts';
import { paragraph, WIDTH } from './alert-sections.ts';
import { countOf } from './numbers.ts';
import { hanging, joinLines } from './page.ts';
import { subjectFrom } from './subject.ts';
import { wrapText } from './wrap.ts';

/** What has become of each, in a word or two. */
const CHANGE_WORDS: Readonly<Record<SummarisedDocument['transition'], string>> = {
  opened: 'new',
  reopened: 'back again',
  escalated: 'still failing',
  refined: 'now known',
  resolved: 'over',
  test: 'only a test',
};

export function summaryEmail(document: SummaryDocument): AlertText {
  const { transitions, services, waiting } = document;
  const what = whatHappened(document);
  const byService = groupBy(transitions, ({ incident }) => incident.service);
  const lines = [
    ...paragraph(`${what}.`),
    ...paragraph(
      'So much happened at once that it comes in one message.',
      waiting > 0 ? `${countOf(waiting, 'more alert')} will follow in a minute.` : '',
    ),
    ...[...byService].flatMap(([service, ones]) => ['', service, ...ones.flatMap(oneLines)]),
  ];
  return {
    subject: subjectFrom(
      `[badgateway] ${what}${services.length > 1 ? `: ${services.join(', ')}` : ''}`,
    ),
    body: joinLines(lines),
  };
}

/** `12 alerts about 4 services at once`. */
export function whatHappened({ transitions, services }: SummaryDocument): string {
  const about = services.length === 1 ? (services[0] ?? '') : countOf(services.length, 'service');
  return `${countOf(transitions.length, 'alert')} about ${about} at once`;
}

/** `new: Gunicorn killed workers that took longer than 30 s, 290 failed requests`. */
export function summarisedLine({ transition, title, incident }: SummarisedDocument): string {
  const failed = countOf(incident.failures, 'failed request');
  return `${CHANGE_WORDS[transition]}: ${title}, ${failed}`;
}

function oneLines(one: SummarisedDocument): string[] {
  return [...hanging('  ', wrapText(summarisedLine(one), WIDTH)), `    ${one.incident.id}`];
}
