import type { Publication } from '../../core/incident/summary.ts';
import type { TopicMessage } from './alert-topic.ts';

/** What is published of a transition, or of a summary. */
export function topicMessageOf(publication: Publication): TopicMessage {
  const service = publication.kind === 'summary' ? '*' : publication.incident.service;
  const document = {
    schema: 'badgateway/alert@1',
    ...publication,
    service,
    transition: publication.kind,
  };
  return {
    subject: `badgateway: ${publication.kind}`,
    bodies: { default: JSON.stringify(document), email: publication.id },
    attributes: { service, transition: publication.kind },
  };
}
