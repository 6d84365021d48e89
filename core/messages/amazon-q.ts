/**
 * A custom notification for Amazon Q Developer in chat applications
 * (https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html). What is not of this form it drops silently.
 */
import type { Alert } from './alert.ts';
import { renderEmail } from './render-email.ts';
import { escapedForSlack } from './slack-escape.ts';

/** Amazon Q's limits, in characters. */
const MAX_TITLE = 250;
const MAX_DESCRIPTION = 8_000;
const MAX_STEP = 350;
const MOST_STEPS = 4;

/** The document as text: the body of the `https` protocol. */
export function amazonQDocument(alert: Alert): string {
  const { publication } = alert;
  const { subject, body } = renderEmail(alert);
  const incident = 'incident' in publication ? publication.incident.id : publication.id;
  const fixes = 'diagnosis' in publication ? publication.diagnosis.fixes : [];
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    id: publication.id,
    content: {
      textType: 'client-markdown',
      title: escapedForSlack(subject, MAX_TITLE),
      description: `\`\`\`\n${escapedForSlack(body.replaceAll('`', "'"), MAX_DESCRIPTION - 10)}\n\`\`\``,
      nextSteps: fixes.slice(0, MOST_STEPS).map(({ title }) => escapedForSlack(title, MAX_STEP)),
    },
    metadata: { threadId: incident, summary: escapedForSlack(subject, MAX_TITLE) },
  });
}
