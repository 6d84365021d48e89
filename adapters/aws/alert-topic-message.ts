import type { Alert } from '../../core/messages/alert.ts';
import { alertAttributes } from '../../core/messages/alert-attributes.ts';
import { alertDocumentOf } from '../../core/messages/alert-document.ts';
import { amazonQDocument } from '../../core/messages/amazon-q.ts';
import { fitDocument } from '../../core/messages/fit-document.ts';
import { renderEmail } from '../../core/messages/render-email.ts';
import { MAX_MESSAGE_BYTES, type TopicMessage } from './alert-topic.ts';

/** Of the document: room for the other bodies, the attributes, and what escaping adds. */
const MAX_DOCUMENT_BYTES = MAX_MESSAGE_BYTES / 4;

/** What is published of a transition, a summary or a notice: text for people, the machine document for all else. */
export function topicMessageOf(alert: Alert): TopicMessage {
  const { subject, body } = renderEmail(alert);
  return {
    subject,
    bodies: {
      default: fitDocument(alertDocumentOf(alert), MAX_DOCUMENT_BYTES),
      email: body,
      https: amazonQDocument(alert),
    },
    attributes: alertAttributes(alert.publication),
  };
}
