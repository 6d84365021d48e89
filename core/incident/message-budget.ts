/** How many messages all services of a deployment send in one minute. */
import { hashOf } from '../records/hash.ts';
import { MINUTE_MS, messageKey, messageRange } from '../records/keys.ts';
import type { Row, Table } from '../table.ts';
import { minuteAt } from './counts.ts';

/**
 * SNS suspends an e-mail subscription beyond ten messages in a second; people stop reading long before. A minute
 * of so many messages is an outage of many services, and is summarised.
 */
export const MESSAGES_PER_MINUTE = 20;

/** A message that may be sent; `null`: there are no more in this minute. Taken before it is sent: a crash wastes it. */
export async function takeMessage(
  table: Table,
  { budget, nowMs, stamp }: { budget: number; nowMs: number; stamp: string },
): Promise<Row | null> {
  const minute = minuteAt(nowMs);
  const taken = new Set((await table.query(messageRange(minute))).map(({ sort }) => Number(sort)));
  const first = Number.parseInt(hashOf(stamp).slice(-4), 36);
  for (let index = 0; index < budget; index++) {
    const number = (first + index) % budget;
    if (taken.has(number)) continue;
    const row: Row = {
      ...messageKey(minute, number),
      body: '{}',
      version: stamp,
      expiresAt: (minute + 5) * MINUTE_MS,
    };
    if (await table.putIf(row, null)) return row;
  }
  return null;
}

/** One that was not sent. */
export async function giveBack(table: Table, row: Row): Promise<void> {
  await table.deleteIf(row, row.version);
}
