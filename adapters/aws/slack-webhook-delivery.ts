/** Brings messages to a Slack channel: each once, not too many at a time, and through the times that Slack is down. */
import { AppError } from '../../core/errors.ts';
import type { Row, RowKey, Table } from '../../core/table.ts';
import type { TakeTurn } from './alert-topic-pace.ts';
import type { SlackReply, SlackWebhook } from './slack-webhook.ts';

export type SlackMessage = {
  /** The same for a repetition. */
  readonly id: string;
  readonly payload: object;
};

export type DeliveryPorts = {
  readonly table: Table;
  readonly webhook: SlackWebhook;
  readonly takeTurn: TakeTurn;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly wait: (ms: number) => Promise<void>;
};

/** When it must be done, and a name for the attempt that no other has. */
export type DeliveryBounds = { readonly untilMs: number; readonly stamp: string };

export type DeliveryOutcome =
  | { readonly kind: 'posted' }
  /** It had been posted before. */
  | { readonly kind: 'repeated' }
  /** Slack will never take it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** SNS tries for 23 days to hand a message to a function. */
const POSTED_LIFE_MS = 30 * 86_400_000;
/** Longer than one attempt takes. */
const CLAIM_LIFE_MS = 25_000;
/** For the last attempt and for what is written after it. */
const RESERVE_MS = 30_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Posts a message unless its row says that it was posted, and writes that row afterwards; meanwhile a claim keeps
 * others from posting it, too. Slack knows no repetitions: a process that ends, or loses Slack's answer, between the
 * post and the row leads to a second post. Throws an `AppError` when it is not done by then, or a person must act.
 */
export async function deliverToSlack(
  ports: DeliveryPorts,
  message: SlackMessage,
  bounds: DeliveryBounds,
): Promise<DeliveryOutcome> {
  const { clock, wait } = ports;
  const untilMs = bounds.untilMs - RESERVE_MS;
  let reason = 'somebody else is posting it';
  for (let attempt = 0; clock() < untilMs; attempt++) {
    const stamp = `${bounds.stamp}.${attempt}`;
    const outcome = await attemptOnce(ports, message, { untilMs, stamp });
    if (outcome.kind === 'closed') {
      throw new AppError(
        'SlackClosed',
        `Slack takes no messages by this webhook: ${outcome.reason}`,
        {
          hint: 'put the URL of a new webhook into the secret, then send the dead letters again',
        },
      );
    }
    if (outcome.kind !== 'later') return outcome;
    reason = outcome.reason;
    const delay = outcome.afterMs ?? Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
    if (clock() + delay >= untilMs) break;
    await wait(delay);
  }
  throw new AppError('SlackUnavailable', `a message could not be posted in time: ${reason}`, {
    hint: 'Lambda tries twice more, then keeps it in the dead-letter queue of the function',
  });
}

type AttemptOutcome =
  | DeliveryOutcome
  | Exclude<SlackReply, { readonly kind: 'posted' | 'refused' }>;

async function attemptOnce(
  { table, webhook, takeTurn, clock }: DeliveryPorts,
  { id, payload }: SlackMessage,
  { untilMs, stamp }: DeliveryBounds,
): Promise<AttemptOutcome> {
  if (await isPosted(table, id)) return { kind: 'repeated' };
  await takeTurn(stamp, untilMs);
  const claim = rowOf(id, { state: 'claimed', version: stamp, until: clock() + CLAIM_LIFE_MS });
  if (!(await table.putIf(claim, null))) {
    return { kind: 'later', reason: 'somebody else is posting it', afterMs: null };
  }
  const reply = await webhook.post(payload).catch(async (error: unknown) => {
    await table.deleteIf(claim, claim.version);
    throw error;
  });
  // Also of one that is refused: a repetition would be refused, too.
  if (reply.kind === 'posted' || reply.kind === 'refused') {
    const until = clock() + POSTED_LIFE_MS;
    await table.put(rowOf(id, { state: 'posted', version: `${stamp} ${reply.kind}`, until }));
  } else {
    await table.deleteIf(claim, claim.version);
  }
  return reply;
}

async function isPosted(table: Table, id: string): Promise<boolean> {
  const row = await table.get(keyOf(id));
  return row !== null && JSON.parse(row.body).state === 'posted';
}

type State = {
  readonly state: 'claimed' | 'posted';
  readonly version: string;
  readonly until: number;
};

function rowOf(id: string, { state, version, until }: State): Row {
  const expiresAt = Math.ceil(until / 1_000) * 1_000;
  return { ...keyOf(id), body: JSON.stringify({ state }), version, expiresAt };
}

/** `X#slack` / message. */
function keyOf(id: string): RowKey {
  return { partition: 'X#slack', sort: id };
}
