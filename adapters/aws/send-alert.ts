/** Sends alerts to the topic, each with what is looked up for it. */
import type { LogGroupsContract, ServiceContract } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import { lookUpExtras } from '../../core/incident/alert-extras.ts';
import type { Transition } from '../../core/incident/incident.ts';
import type { PublishOptions } from '../../core/incident/publish-somehow.ts';
import type { Publication } from '../../core/incident/summary.ts';
import { type Alert, NO_EXTRAS } from '../../core/messages/alert.ts';
import type { Table } from '../../core/table.ts';
import type { AlertTopic, TopicMessage } from './alert-topic.ts';
import { topicMessageOf } from './alert-topic-message.ts';
import type { TakeTurn } from './alert-topic-pace.ts';
import { logSearch } from './log-context.ts';

export type AlertSenderPorts = {
  readonly table: Table;
  readonly topic: AlertTopic;
  readonly takeTurn: TakeTurn;
  readonly logGroups: LogGroupsContract;
  readonly region: string;
  readonly clock: () => number;
  /** Told why an alert goes out with less than there could be beside it. */
  readonly onMissing: (error: unknown, service: string) => void;
};

export type Sending = {
  readonly service: ServiceContract;
  /** Different for each attempt. */
  readonly stamp: string;
  /** When the invocation began to alert, epoch milliseconds. */
  readonly sinceMs: number;
  /** When it is too late to send. */
  readonly untilMs: number;
};

/** What an alert waits for lines of logs, and what all alerts of one invocation wait together. */
const LOOKING_MS = 5_000;
const LOOKING_TOGETHER_MS = 10_000;

/** Sends one publication; rejects when the topic did not take it, or could not be given it in time. */
export async function sendAlert(
  ports: AlertSenderPorts,
  publication: Publication,
  { isBare, ...sending }: Sending & PublishOptions,
): Promise<void> {
  const isPlain = isBare || publication.kind === 'summary' || publication.kind === 'notice';
  // Before its turn comes, so that nobody else waits for it.
  const extras = isPlain ? NO_EXTRAS : await extrasOf(ports, publication, sending);
  await sendMessage(ports, { publication, ...extras }, sending);
}

async function extrasOf(
  { table, logGroups, region, clock, onMissing }: AlertSenderPorts,
  transition: Transition,
  { service, sinceMs }: Sending,
): Promise<Omit<Alert, 'publication'>> {
  const leftMs = sinceMs + LOOKING_TOGETHER_MS - clock();
  const signal = AbortSignal.timeout(Math.max(0, Math.min(LOOKING_MS, leftMs)));
  const groups = logGroups[service.name] ?? {};
  const { links, context, errors } = await lookUpExtras(
    { table, search: logSearch({ signal }) },
    { transition, service, groups, region, nowMs: clock() },
  );
  for (const error of unlike(errors)) onMissing(error, service.name);
  return { links, context };
}

/** Searches that end together all say the same. */
function unlike(errors: readonly unknown[]): readonly unknown[] {
  return [...new Map(errors.map((error) => [String(error), error])).values()];
}

/** Sends an alert as it is. */
export async function sendMessage(
  { topic, takeTurn }: Pick<AlertSenderPorts, 'topic' | 'takeTurn'>,
  alert: Alert,
  { stamp, untilMs }: Pick<Sending, 'stamp' | 'untilMs'>,
): Promise<void> {
  const message = render(alert);
  await takeTurn(`${stamp} ${alert.publication.id}`, untilMs);
  await topic.publish(message);
}

/** What cannot be rendered could not be so later either: it goes out in another form. */
function render(alert: Alert): TopicMessage {
  try {
    return topicMessageOf(alert);
  } catch (cause) {
    // An error of ours tells nothing of the message; only its name is kept of others.
    const { name } = Object(cause) as Record<string, unknown>;
    throw new AppError(
      'AlertNotRendered',
      `alert ${alert.publication.id} could not be rendered (${String(name)})`,
      { cause, hint: 'this is a bug: please report it' },
    );
  }
}
