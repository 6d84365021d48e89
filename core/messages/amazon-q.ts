/**
 * A custom notification for Amazon Q Developer in chat applications
 * (https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html). What is not of this form it drops silently.
 */
import type { Alert } from './alert.ts';
import { alertDocumentOf } from './alert-document.ts';
import { renderEmail } from './render-email.ts';
import { escapedForSlack } from './slack-escape.ts';
import { printableLines } from './slack-text.ts';

/** Amazon Q's limits, in characters. */
const MAX_TITLE = 250;
const MAX_DESCRIPTION = 8_000;
const MAX_STEP = 350;
const MOST_STEPS = 4;
const FENCES = '```\n\n```'.length;

/** The document as text: the body of the `https` protocol. */
export function amazonQDocument(alert: Alert): string {
  const document = alertDocumentOf(alert);
  const { subject, body } = renderEmail(alert);
  const title = escapedForSlack(subject, MAX_TITLE);
  const fixes = 'diagnosis' in document ? document.diagnosis.fixes : [];
  const links = 'links' in document ? linkLines(document.links) : '';
  const room = MAX_DESCRIPTION - FENCES - links.length;
  const text = escapedForSlack(body.trimEnd().replaceAll('`', "'"), room);
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    id: document.id,
    content: {
      textType: 'client-markdown',
      title,
      description: `\`\`\`\n${text}\n\`\`\`${links}`,
      nextSteps: fixes
        .slice(0, MOST_STEPS)
        .map(({ title }) => escapedForSlack(printableLines(title), MAX_STEP)),
    },
    metadata: {
      threadId: 'incident' in document ? document.incident.id : document.id,
      summary: title,
    },
  });
}

/** Below the text, since nothing in a block of code can be clicked. They hold no markup: see `alertDocumentOf`. */
function linkLines({ logs, dashboard }: Alert['links']): string {
  const lines = [
    ...(logs === undefined ? [] : [`Logs at that time: ${escaped(logs)}`]),
    ...(dashboard === undefined ? [] : [`Dashboard: ${escaped(dashboard)}`]),
  ];
  return lines.map((line) => `\n${line}`).join('');
}

function escaped(url: string): string {
  return escapedForSlack(url, Number.POSITIVE_INFINITY);
}
