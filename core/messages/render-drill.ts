/** A drill for people and for programs. */
import { shellQuote } from '../catalogue/shell.ts';
import type { DrillHop } from '../incident/drill-progress.ts';
import type { ListedSubscription } from '../incident/subscriptions.ts';
import { printableText } from './printable.ts';

export const DRILL_SCHEMA = 'badgateway/drill@1';

type SubscriptionState = 'confirmed' | 'pending' | 'deleted';

/** What `drill --format json` prints last; each hop before it is a line of its own: `DrillHopDocument`. */
export type DrillDocument = {
  readonly schema: typeof DRILL_SCHEMA;
  readonly kind: 'result';
  readonly id: string;
  readonly stack: string;
  readonly region: string;
  readonly startedAt: string;
  /** The message left and somebody gets it. */
  readonly ok: boolean;
  readonly hops: readonly HopTime[];
  /** Id of the transition that was published; `null`: none was in time. */
  readonly alert: string | null;
  readonly subscriptions: readonly SubscriptionDocument[];
  /** Log groups of the services that are there, but of which nothing is read; `null`: it is not known. */
  readonly unread: readonly string[] | null;
  readonly problems: readonly DrillProblem[];
};

export type HopTime = {
  readonly hop: DrillHop;
  /** Since the drill began, as seen from here; `null`: not taken in time. */
  readonly ms: number | null;
};

export type DrillHopDocument = HopTime & {
  readonly schema: typeof DRILL_SCHEMA;
  readonly kind: 'hop';
  readonly id: string;
};

export type SubscriptionDocument = {
  readonly protocol: string;
  readonly endpoint: string;
  readonly state: SubscriptionState;
};

/** What is wrong, and what to do. */
export type DrillProblem = { readonly what: string; readonly todo: string };

const HOPS: Readonly<Record<DrillHop, string>> = {
  accepted: 'CloudWatch Logs has the lines',
  ingested: 'ingest has stored them',
  counted: 'evaluate has counted them and named their cause',
  decided: 'an incident was made of them',
  published: 'the topic has taken the message',
};

/** `  + 4.1 s  ingest has stored them`. */
export function renderHop({ hop, ms }: HopTime): string {
  const time = ms === null ? '     never' : `+${(ms / 1_000).toFixed(1).padStart(6)} s`;
  return `  ${time.padStart(9)}  ${HOPS[hop]}\n`;
}

export function subscriptionDocumentOf(listed: ListedSubscription): SubscriptionDocument {
  const { protocol, endpoint, arn } = listed;
  const state = arn.startsWith('arn:') ? 'confirmed' : arn === 'Deleted' ? 'deleted' : 'pending';
  return { protocol, endpoint, state };
}

/** What comes after the hops: who gets the message, and all that is wrong. */
export function renderDrillEnd({ subscriptions, problems, ok }: DrillDocument): string {
  const width = Math.max(0, ...subscriptions.map(({ protocol }) => protocol.length));
  const who = subscriptions.map(
    ({ protocol, endpoint, state }) =>
      `  ${state.padEnd(9)}  ${protocol.padEnd(width)}  ${printableText(endpoint)}`,
  );
  const wrong = problems.flatMap(({ what, todo }) => [`! ${what}`, `  ${todo}`].map(printableText));
  const lines = [
    ...(who.length > 0 ? ['Subscribed to the topic:', ...who] : []),
    ...wrong,
    ok ? 'The alert is out. See that it has arrived, too.' : 'The drill has failed.',
  ];
  return `${lines.join('\n')}\n`;
}

/** Where to look when a hop is not taken. */
export function stuckAt(hop: DrillHop, deployment: string, waitedMs: number): DrillProblem {
  const what = `after ${Math.round(waitedMs / 1_000)} s still not: ${HOPS[hop]}`;
  const log = (name: string) => `log group /badgateway/${deployment}/${name}`;
  const todo: Readonly<Record<DrillHop, string>> = {
    accepted: 'try again',
    ingested: `look into ${log('ingest')} and the dead-letter queue of ingest; if both are empty, the subscription filter of ${log('drill')} is gone: deploy again`,
    counted: `look into ${log('evaluate')}, and whether the queue of wake-ups has messages that nobody takes`,
    decided: `look for "incidents not decided" in ${log('evaluate')}`,
    published: `look for "not published" in ${log('evaluate')}: the topic or its key refuses, or very many alerts go out just now`,
  };
  return { what, todo: todo[hop] };
}

function subscribeCommand(topicArn: string, protocol: string, endpoint: string): string {
  const [topic, address] = [topicArn, endpoint].map(shellQuote);
  return `aws sns subscribe --topic-arn ${topic} --protocol ${protocol} --notification-endpoint ${address}`;
}

/** What is wrong with the subscriptions of the topic. */
export function subscriptionProblems(
  subscriptions: readonly SubscriptionDocument[],
  topicArn: string,
): readonly DrillProblem[] {
  const pending = subscriptions.filter(({ state }) => state === 'pending');
  const problems = pending.map(({ protocol, endpoint }) => ({
    what: `${protocol} ${endpoint} gets nothing: its subscription is not confirmed`,
    todo: protocol.startsWith('email')
      ? `click the link in the mail "AWS Notification - Subscription Confirmation" (look into the spam folder, too); a new one is sent by: ${subscribeCommand(topicArn, protocol, endpoint)}`
      : 'the endpoint must answer the SubscriptionConfirmation that SNS has sent it',
  }));
  if (subscriptions.some(({ state }) => state === 'confirmed')) return problems;
  const nobody = {
    what: 'nobody gets alerts: no subscription of the topic is confirmed',
    todo:
      pending.length > 0
        ? 'confirm one of them'
        : 'put alerts: { email: … } or { slack: … } into badgateway.yaml and deploy again',
  };
  return [...problems, nobody];
}
