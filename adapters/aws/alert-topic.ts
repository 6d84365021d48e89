/** The topic that all alerts go to. */
import { AppError } from '../../core/errors.ts';
import type { AlertAttributes } from '../../core/messages/alert-attributes.ts';
import type { SnsClient } from './sns-client.ts';

/** One publication: for each protocol the text that its subscribers get. */
export type TopicMessage = {
  /** Of e-mails: ASCII, one line, fewer than 100 characters. */
  readonly subject: string;
  /** Texts by protocol, and `default` for all others. */
  readonly bodies: Readonly<Record<string, string>> & { readonly default: string };
  /** What filter policies of subscriptions see. */
  readonly attributes: AlertAttributes;
};

export type AlertTopic = {
  /** Resolves once SNS has taken the message. Throws an `AppError`; nothing of the message is in it. */
  publish(message: TopicMessage): Promise<void>;
};

/** Of a publication with its attributes (Amazon SNS endpoints and quotas); SQS's and Lambda's messages may be larger. */
export const MAX_MESSAGE_BYTES = 262_144;

/** Makes no client and loads no SDK before the first message. */
export function alertTopic(
  topicArn: string,
  open: () => Promise<SnsClient> = openClient,
): AlertTopic {
  let client: Promise<SnsClient> | null = null;
  return {
    async publish({ subject, bodies, attributes }) {
      const Message = JSON.stringify(bodies);
      checkSize(Message, attributes);
      try {
        client ??= open();
        await (await client).publish({
          TopicArn: topicArn,
          Subject: subject,
          MessageStructure: 'json',
          Message,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, { type, value }]) => [
              name,
              { DataType: type, StringValue: value },
            ]),
          ),
        });
      } catch (error) {
        throw topicError(error, topicArn);
      }
    },
  };
}

async function openClient(): Promise<SnsClient> {
  const { snsClient } = await import('./sns-client.ts');
  return snsClient();
}

/** All bodies together count, and of each attribute its name, type and value. */
function checkSize(message: string, attributes: AlertAttributes): void {
  const texts = Object.entries(attributes).flatMap(([name, { type, value }]) => [
    name,
    type,
    value,
  ]);
  const size = [message, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size <= MAX_MESSAGE_BYTES) return;
  throw new AppError(
    'AlertTooLarge',
    `a message of ${size} bytes was not sent: SNS takes ${MAX_MESSAGE_BYTES}`,
  );
}

/** Of SNS and the SDK (Amazon SNS API reference, Publish). */
const KINDS: Readonly<Record<string, readonly [code: string, problem: string]>> = {
  AuthorizationError: ['TopicDenied', 'was not allowed'],
  AuthorizationErrorException: ['TopicDenied', 'was not allowed'],
  AccessDenied: ['TopicDenied', 'was not allowed'],
  AccessDeniedException: ['TopicDenied', 'was not allowed'],
  NotFound: ['TopicMissing', 'found no such topic'],
  NotFoundException: ['TopicMissing', 'found no such topic'],
  Throttled: ['TopicThrottled', 'was throttled'],
  ThrottledException: ['TopicThrottled', 'was throttled'],
  Throttling: ['TopicThrottled', 'was throttled'],
  InvalidParameter: ['TopicRefused', 'was refused'],
  InvalidParameterException: ['TopicRefused', 'was refused'],
  InvalidParameterValue: ['TopicRefused', 'was refused'],
  InvalidParameterValueException: ['TopicRefused', 'was refused'],
  InvalidSecurity: ['TopicDenied', 'was not allowed'],
};

/** Its message may hold what was sent: only names are kept. */
function topicError(error: unknown, topicArn: string): AppError {
  const { name, $metadata } = Object(error) as Record<string, unknown>;
  const { requestId } = Object($metadata) as Record<string, unknown>;
  const called = String(name);
  // KMSAccessDenied, KMSDisabled, KMSInvalidState, KMSNotFound, KMSOptInRequired, KMSThrottling.
  const [code, problem] = called.startsWith('KMS')
    ? ['TopicKeyUnusable', "could not use the topic's key"]
    : (KINDS[called] ?? ['TopicUnavailable', 'got no answer']);
  const detail = [called, typeof requestId === 'string' ? `request ${requestId}` : ''];
  return new AppError(
    code,
    `sns:Publish to ${topicArn} ${problem} (${detail.filter(Boolean).join(', ')})`,
    hintOf(code),
  );
}

function hintOf(code: string): { hint?: string } {
  if (code === 'TopicKeyUnusable')
    return {
      hint: 'the key must be enabled, and its policy must let the evaluate function use it',
    };
  if (code === 'TopicDenied') return { hint: "look at the topic's policy, then deploy again" };
  return {};
}
