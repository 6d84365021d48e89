/** The Slack webhook of one machine: from a file or the environment, never from the command line, where others see it. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { paceBy } from '../../adapters/aws/alert-topic-pace.ts';
import { slackWebhook } from '../../adapters/aws/slack-webhook.ts';
import { deliverToSlack } from '../../adapters/aws/slack-webhook-delivery.ts';
import type { PostToSlack } from '../../adapters/local/slack-queue.ts';
import { TEST_ENV } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { Table } from '../../core/table.ts';

/** Its value is the URL. */
const WEBHOOK_VARIABLE = 'BADGATEWAY_SLACK_WEBHOOK';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the URL is. */
export type WebhookSource = { readonly name: string; readonly read: () => string };

/** `null`: Slack is not configured. Throws `AppError` when what is configured holds no URL; the URL is in no message. */
export function webhookSource(file: string | undefined, env: Environment): WebhookSource | null {
  const value = env[WEBHOOK_VARIABLE];
  if (file === undefined && !value) return null;
  const source =
    file === undefined
      ? { name: WEBHOOK_VARIABLE, read: () => value ?? '' }
      : { name: file, read: () => readSecret(file) };
  const text = source.read().trim();
  if (!text.startsWith('{') && !/^https?:\/\/[^\s]+$/.test(text)) {
    throw new AppError('BadWebhook', `${source.name}: this holds no URL`, {
      hint: "put the URL of the channel's incoming webhook there: https://hooks.slack.com/services/…",
    });
  }
  return source;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = Object(error).code === 'ENOENT' ? 'there is no such file' : 'it cannot be read';
    throw new AppError('BadWebhook', `${file}: ${code}`, {
      hint: "put the URL of the channel's incoming webhook into a file that only you may read",
    });
  }
}

/** Posts as the deployed function does: one a second, each once, again when Slack is busy. */
export function postToSlack(source: WebhookSource, table: Table, env: Environment): PostToSlack {
  const clock = () => Date.now();
  const ports = {
    table,
    webhook: slackWebhook({
      readSecret: async () => source.read(),
      testOrigin: env[TEST_ENV.slackOrigin],
    }),
    clock,
    wait: (ms: number) => wait(ms),
    takeTurn: paceBy(table, { name: 'slack', perSecond: 1, clock, wait: (ms) => wait(ms) }),
  };
  return (message, untilMs) =>
    deliverToSlack(ports, message, { untilMs, stamp: `${process.pid} ${clock()}` });
}
