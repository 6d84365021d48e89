/**
 * Finds who was to get alerts and gets none: addresses that were never confirmed, or whose subscription is gone. SNS
 * tells nobody of either.
 */
import { shellQuote } from '../catalogue/shell.ts';
import { hashOf } from '../records/hash.ts';
import { subscriptionsKey } from '../records/keys.ts';
import type { Table } from '../table.ts';
import type { AlertNotice } from './notice.ts';

/** A subscription of the topic as SNS lists it. */
export type ListedSubscription = {
  readonly protocol: string;
  readonly endpoint: string;
  /** Its ARN; `PendingConfirmation` before it is confirmed, `Deleted` for a while after it is gone. */
  readonly arn: string;
};

export type SubscriptionProblem = {
  readonly kind: 'pending' | 'missing';
  readonly address: string;
  readonly protocol: string;
};

export type SubscriptionCheck = {
  readonly list: () => Promise<readonly ListedSubscription[]>;
  readonly publish: (notice: AlertNotice) => Promise<void>;
  /** Addresses that the configuration has. */
  readonly configured: readonly string[];
  readonly topicArn: string;
  readonly nowMs: number;
  /** Different for each attempt. */
  readonly stamp: string;
};

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = HOUR_MS;
/** People need some time to confirm. */
const PATIENCE_MS = HOUR_MS;
const TELL_EVERY_MS = 24 * HOUR_MS;
const LIFE_MS = 30 * 24 * HOUR_MS;

/** When a problem was first seen, and when it was last told of. */
type Seen = { readonly firstMs: number; readonly toldMs: number | null };
type State = { readonly lookedMs: number; readonly seen: Readonly<Record<string, Seen>> };

/**
 * Looks once an hour, of all that call it, and publishes what is found once a day. The problems, also those that were
 * told of before; `null`: it was not the time to look. Throws when SNS or the table fails: the next look is an hour later.
 */
export async function checkSubscriptions(
  table: Table,
  check: SubscriptionCheck,
): Promise<readonly SubscriptionProblem[] | null> {
  const { nowMs, stamp } = check;
  const row = await table.get(subscriptionsKey());
  const before: State = row === null ? { lookedMs: 0, seen: {} } : JSON.parse(row.body);
  if (nowMs - before.lookedMs < LOOK_EVERY_MS) return null;
  const write = (seen: State['seen'], step: string, version: string | null) =>
    table.putIf(rowOf({ lookedMs: nowMs, seen }, { nowMs, version: `${stamp} ${step}` }), version);
  if (!(await write(before.seen, 'looks', row?.version ?? null))) return null;
  const problems = problemsOf(check.configured, await check.list());
  const due = problems.filter((problem) => isDue(before.seen[keyOf(problem)], nowMs));
  // Before it is told: a crash between must not make it told every hour.
  await write(seenOf(problems, due, { before, nowMs }), 'tells', `${stamp} looks`);
  if (due.length === 0) return problems;
  try {
    await check.publish(noticeOf(due, check));
  } catch (error) {
    await write(seenOf(problems, [], { before, nowMs }), 'told nobody', `${stamp} tells`);
    throw error;
  }
  return problems;
}

/** Of each address once; one that is confirmed by any subscription has none. */
export function problemsOf(
  configured: readonly string[],
  listed: readonly ListedSubscription[],
): readonly SubscriptionProblem[] {
  const mails = listed.filter(({ protocol }) => protocol === 'email' || protocol === 'email-json');
  const confirmed = new Set(mails.filter(({ arn }) => arn.startsWith('arn:')).map(addressOf));
  const pending = mails.filter(({ arn }) => arn === 'PendingConfirmation');
  const problems = new Map<string, SubscriptionProblem>();
  for (const { endpoint, protocol } of pending) {
    problems.set(normal(endpoint), { kind: 'pending', address: endpoint, protocol });
  }
  for (const address of configured) {
    if (problems.has(normal(address))) continue;
    problems.set(normal(address), { kind: 'missing', address, protocol: 'email' });
  }
  for (const address of confirmed) problems.delete(address);
  return [...problems.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function addressOf({ endpoint }: ListedSubscription): string {
  return normal(endpoint);
}

function normal(address: string): string {
  return address.trim().toLowerCase();
}

function keyOf({ kind, address }: SubscriptionProblem): string {
  return hashOf(`${kind} ${normal(address)}`);
}

function isDue(seen: Seen | undefined, nowMs: number): boolean {
  if (seen === undefined || nowMs - seen.firstMs < PATIENCE_MS) return false;
  return seen.toldMs === null || nowMs - seen.toldMs >= TELL_EVERY_MS;
}

function seenOf(
  problems: readonly SubscriptionProblem[],
  told: readonly SubscriptionProblem[],
  { before, nowMs }: { readonly before: State; readonly nowMs: number },
): State['seen'] {
  return Object.fromEntries(
    problems.map((problem) => {
      const known = before.seen[keyOf(problem)] ?? { firstMs: nowMs, toldMs: null };
      return [keyOf(problem), told.includes(problem) ? { ...known, toldMs: nowMs } : known];
    }),
  );
}

function rowOf(state: State, { nowMs, version }: { nowMs: number; version: string }) {
  const expiresAt = Math.ceil((nowMs + LIFE_MS) / 1_000) * 1_000;
  return { ...subscriptionsKey(), body: JSON.stringify(state), version, expiresAt };
}

const MOST_TOLD = 20;

function noticeOf(
  problems: readonly SubscriptionProblem[],
  { topicArn, nowMs }: Pick<SubscriptionCheck, 'topicArn' | 'nowMs'>,
): AlertNotice {
  const count = problems.length;
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const more = count > MOST_TOLD ? [`And ${count - MOST_TOLD} more.`] : [];
  return {
    kind: 'notice',
    id: `notice/subscriptions/${day}-${hashOf(problems.map(keyOf).join(' '))}`,
    at: nowMs,
    title:
      count === 1 ? '1 e-mail address gets no alerts' : `${count} e-mail addresses get no alerts`,
    lines: [
      ...problems.slice(0, MOST_TOLD).flatMap((problem) => linesOf(problem, topicArn)),
      ...more,
      'You get this once a day until it is repaired, or the address is taken out of the configuration.',
    ],
  };
}

function linesOf({ kind, address, protocol }: SubscriptionProblem, topicArn: string): string[] {
  const region = topicArn.split(':')[3] ?? '';
  const command = `aws sns subscribe --topic-arn ${shellQuote(topicArn)} --protocol ${shellQuote(protocol)} --notification-endpoint ${shellQuote(address)} --region ${shellQuote(region)}`;
  return kind === 'pending'
    ? [
        `${address} has not confirmed its subscription. Open the mail from no-reply@sns.amazonaws.com ("AWS Notification - Subscription Confirmation"; look for it in spam, too) and follow its link. To have it sent again:`,
        command,
      ]
    : [
        `${address} is configured but no longer subscribed: somebody followed the unsubscribe link below a message, removed the subscription, or did not confirm it for days. To subscribe it again, and then confirm the mail from no-reply@sns.amazonaws.com:`,
        command,
      ];
}
