import type { AlertDocument } from '../../core/messages/alert-document.ts';
import type { SlackMessage } from './slack-webhook-delivery.ts';

/** Of an SNS message what is read here (Amazon SNS developer guide, "Amazon SNS message formats"). */
export type TopicNotice = {
  readonly MessageId: string;
  readonly Subject?: string | undefined;
  readonly Message: string;
};

/** Makes Slack's payload of a machine document `badgateway/alert@1`. */
export type RenderAlert = (document: AlertDocument) => object;

/**
 * What is posted of a message of the topic: of ours its verdict; of others, such as alarms of CloudWatch, their
 * subject. The id is ours, which is the same when a message was published twice.
 */
export function slackMessageOf(notice: TopicNotice, render: RenderAlert): SlackMessage {
  const document = documentIn(notice.Message);
  if (document !== null) return { id: document.id, payload: render(document) };
  return { id: `sns/${notice.MessageId}`, payload: plainPayload(notice) };
}

function documentIn(message: string): AlertDocument | null {
  try {
    const { schema, id } = Object(JSON.parse(message)) as Record<string, unknown>;
    const isOurs = typeof schema === 'string' && schema.startsWith('badgateway/alert@');
    return isOurs && typeof id === 'string' ? JSON.parse(message) : null;
  } catch {
    return null;
  }
}

const MAX_CHARACTERS = 500;

/** Plain text, so that nothing in it is a link or calls people. */
function plainPayload({ Subject, Message }: TopicNotice): object {
  const said = [...(Subject ?? Message)].slice(0, MAX_CHARACTERS).join('');
  const text = said.replaceAll(/\p{Cc}/gu, ' ').trim() || 'a message without words';
  const block = { type: 'section', text: { type: 'plain_text', text, emoji: false } };
  return { text: escapeMarkup(text), blocks: [block], unfurl_links: false, unfurl_media: false };
}

/** https://docs.slack.dev/messaging/formatting-message-text */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
