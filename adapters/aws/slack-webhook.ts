/** A Slack channel's incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import { AppError } from '../../core/errors.ts';

/** What Slack made of one message. */
export type SlackReply =
  | { readonly kind: 'posted' }
  /** It may take the message later: 429, 5xx, no answer. `afterMs`: what Slack said; `null`: nothing. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | null }
  /** It takes nothing by this URL any more, which a person has to see to: then it may take the message. */
  | { readonly kind: 'closed'; readonly reason: string }
  /** It will never take this message. */
  | { readonly kind: 'refused'; readonly reason: string };

export type SlackWebhook = {
  /** Posts once; again after the secret was read anew, if Slack does not know the URL. Throws when there is no URL. */
  post(payload: object): Promise<SlackReply>;
};

export type SlackWebhookOptions = {
  /** Gives the secret, which is the URL or JSON with it as `url`. Read at the first message, and when the URL fails. */
  readonly readSecret: () => Promise<string>;
  /** Of tests: a server of their own beside Slack's, `http://127.0.0.1:8080`. */
  readonly testOrigin?: string | undefined;
  readonly timeoutMs?: number;
};

/** `hooks.slack-gov.com`: of GovSlack. Nobody who can write the secret may send alerts elsewhere. */
const ORIGINS = ['https://hooks.slack.com', 'https://hooks.slack-gov.com'];
const TIMEOUT_MS = 5_000;

/** The URL is the credential: it never stands in an error or in what is returned. */
export function slackWebhook(options: SlackWebhookOptions): SlackWebhook {
  const origins = options.testOrigin ? [...ORIGINS, options.testOrigin] : ORIGINS;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  let known: URL | null = null;
  const read = async () => urlOf(await options.readSecret(), origins);
  return {
    async post(payload) {
      known ??= await read();
      const reply = await postOnce(known, payload, timeoutMs);
      if (reply.kind !== 'closed') return reply;
      const before = known.href;
      // Whatever comes of it, the next message reads the secret, too.
      known = null;
      const after = await read();
      if (after.href === before) return reply;
      known = after;
      return postOnce(after, payload, timeoutMs);
    },
  };
}

function urlOf(secret: string, origins: readonly string[]): URL {
  const text = secret.trim();
  const url = parsedUrl(text.startsWith('{') ? urlInJson(text) : text);
  if (url === null) {
    throw new AppError('BadWebhookSecret', 'the secret of the Slack webhook holds no URL', {
      hint: 'put the URL of the incoming webhook into it: as it is, or as JSON with the key url',
    });
  }
  if (!origins.includes(url.origin) || url.username !== '') {
    throw new AppError(
      'WebhookNotAllowed',
      'the secret of the Slack webhook holds a URL of another host than hooks.slack.com',
    );
  }
  return url;
}

/** `URL.parse` is not in Node 20, on which `watch` runs. */
function parsedUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function urlInJson(text: string): string {
  try {
    return String(JSON.parse(text).url);
  } catch {
    return '';
  }
}

async function postOnce(url: URL, payload: object, timeoutMs: number): Promise<SlackReply> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(payload),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return replyOf(response, await response.text());
  } catch (error) {
    // Its message can hold the URL.
    return { kind: 'later', reason: nameOf(error), afterMs: null };
  }
}

/** Statuses of a webhook that was revoked or whose channel is gone. */
const CLOSED = [401, 403, 404, 410];

function replyOf({ status, headers, ok }: Response, body: string): SlackReply {
  if (ok) return { kind: 'posted' };
  const reason = `${status} ${shortError(body)}`.trim();
  if (status === 429 || status >= 500) {
    return { kind: 'later', reason, afterMs: delayIn(headers.get('retry-after')) };
  }
  return { kind: CLOSED.includes(status) ? 'closed' : 'refused', reason };
}

/** Slack's errors are words such as `invalid_payload`; anything else is not worth logging, or not fit to be. */
function shortError(body: string): string {
  return /^[a-z_]{1,60}$/.test(body.trim()) ? body.trim() : '';
}

function delayIn(retryAfter: string | null): number | null {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
}

function nameOf(error: unknown): string {
  const { name, cause } = Object(error) as Record<string, unknown>;
  const { code } = Object(cause) as Record<string, unknown>;
  return typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : String(name);
}
