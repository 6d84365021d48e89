/** Rehearses a policy on what a table holds of a service: a store's, the deployed stack's, or one made of files. */
import type { Settings } from '../diagnose/fix-facts.ts';
import { LOG_ROLES } from '../model.ts';
import { minuteOfRow, minuteRanges, streamRange } from '../records/keys.ts';
import { decodeRollup } from '../records/rollup-record.ts';
import { decodeStream } from '../records/stream-record.ts';
import type { Table } from '../table.ts';
import { minuteAt } from './counts.ts';
import { listMutes } from './mutes.ts';
import type { RequestCounts } from './opening-rule.ts';
import type { Policy } from './policy.ts';
import { type Rehearsal, rehearse } from './rehearse.ts';

export type RehearseTableOptions = {
  readonly service: string;
  readonly policy: Policy;
  readonly settings: Settings;
  /** The time that is rehearsed, epoch milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** `null`: they are not counted. */
  readonly requests: RequestCounts | null;
};

export async function rehearseTable(
  table: Table,
  options: RehearseTableOptions,
): Promise<Rehearsal> {
  const { service, policy, settings, fromMs, untilMs, requests } = options;
  const ranges = minuteRanges(service, minuteAt(fromMs), minuteAt(untilMs));
  const [rows, streams, mutes] = await Promise.all([
    Promise.all(ranges.map((range) => table.query(range))),
    table.query(streamRange(service)),
    listMutes(table, { service, nowMs: untilMs }),
  ]);
  const seen = streams.map(({ body }) => decodeStream(body));
  const roles = new Set(LOG_ROLES.filter((role) => seen.some((stream) => stream.role === role)));
  const hosts = new Set(seen.map(({ host }) => host));
  return rehearse({
    policy,
    service,
    minutes: new Map(rows.flat().map((row) => [minuteOfRow(row), decodeRollup(row.body)])),
    mutes,
    requests,
    knownHosts: hosts.size > 0 ? hosts.size : null,
    settings,
    roles: { given: roles, filled: roles },
    untilMs,
  });
}
