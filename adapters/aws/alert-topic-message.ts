import type { Alert } from '../../core/messages/alert.ts';
import { alertAttributes, alertDocumentOf } from '../../core/messages/alert-document.ts';
import { amazonQDocument } from '../../core/messages/amazon-q.ts';
import { renderEmail } from '../../core/messages/render-email.ts';
import { MAX_MESSAGE_BYTES, type TopicMessage } from './alert-topic.ts';

/** Room for the other bodies, the attributes, and what escaping adds. */
const MAX_DOCUMENT = MAX_MESSAGE_BYTES / 4;

/** What is published of a transition, or of a summary: text for people, the machine document for all else. */
export function topicMessageOf(alert: Alert): TopicMessage {
  const { subject, body } = renderEmail(alert);
  return {
    subject,
    bodies: {
      default: documentText(alert),
      email: body,
      https: amazonQDocument(alert),
    },
    attributes: alertAttributes(alert.publication),
  };
}

/** Of a document too large for SNS the evidence is left out, which is in the e-mail and in the table. */
function documentText(alert: Alert): string {
  const document = alertDocumentOf(alert);
  const json = JSON.stringify(document);
  if (json.length <= MAX_DOCUMENT || !('diagnosis' in document)) return json;
  return JSON.stringify({ ...document, diagnosis: { ...document.diagnosis, evidence: [] } });
}
