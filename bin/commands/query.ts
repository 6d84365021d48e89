import { AppError } from '../../core/errors.ts';
import { queryCsv, renderQuery } from '../../core/messages/render-query.ts';
import { DIMENSIONS, type Dimension, type Query } from '../../core/query/query.ts';
import { runQuery } from '../../core/query/run-query.ts';
import { EVERY, type Every } from '../../core/query/time-buckets.ts';
import { serviceRange } from '../../core/records/keys.ts';
import type { Table } from '../../core/table.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import { parseTime, parseZone } from './flag-values.ts';
import { causeFrom } from './mute.ts';
import { type PlaceFlags, withPlace } from './with-deployment.ts';

/** The options of `query` as commander gives them. */
export type QueryFlags = PlaceFlags & {
  readonly service?: string;
  readonly since: string;
  readonly until?: string;
  readonly by: string;
  readonly every?: string;
  readonly cause?: string;
  readonly onHost?: string;
  readonly route?: string;
  readonly upstream?: string;
  readonly status?: string;
  readonly limit?: string;
  readonly tz?: string;
  readonly format: 'text' | 'json' | 'csv';
  readonly debug?: boolean;
};

/** Prints what was counted; returns the exit code. */
export async function runQueryCommand(flags: QueryFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const nowMs = Date.now();
  const query = queryOf(flags, nowMs);
  return withPlace(flags, async ({ table }) => {
    const services = await servicesOf(table, flags.service);
    const result = await runQuery(table, { ...query, services }, nowMs);
    if (flags.format === 'json') process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else if (flags.format === 'csv') process.stdout.write(queryCsv(result));
    else process.stdout.write(renderQuery(result, renderOptionsFor(process.stdout, process.env)));
    return 0;
  });
}

/** Throws `AppError` for the first option that is wrong. */
function queryOf(flags: QueryFlags, nowMs: number): Omit<Query, 'services'> {
  const fromMs = parseTime('--since', flags.since, nowMs);
  const toMs = flags.until === undefined ? nowMs : parseTime('--until', flags.until, nowMs);
  if (fromMs >= toMs) {
    const until = flags.until ?? 'now';
    throw new AppError('EmptyWindow', `--since ${flags.since} is not before --until ${until}`);
  }
  return {
    fromMs,
    toMs,
    by: dimensionsOf(flags.by),
    every: flags.every === undefined ? null : everyOfFlag(flags.every),
    timeZone: flags.tz === undefined ? 'UTC' : parseZone(flags.tz),
    filters: {
      cause: flags.cause === undefined ? undefined : causeFrom(flags.cause),
      host: flags.onHost,
      route: flags.route,
      upstream: flags.upstream,
      status: flags.status,
    },
    limit: flags.limit === undefined ? null : limitOf(flags.limit),
  };
}

function dimensionsOf(text: string): Dimension[] {
  return text.split(',').map((name) => {
    const found = DIMENSIONS.find((dimension) => dimension === name.trim());
    if (found) return found;
    const known = DIMENSIONS.join(', ');
    throw new AppError('BadDimension', `--by "${name}" is nothing to group by: use ${known}`);
  });
}

function everyOfFlag(text: string): Every {
  const found = EVERY.find((every) => every === text);
  if (found) return found;
  throw new AppError('BadEvery', `--every "${text}": use ${EVERY.join(', ')}`);
}

const MOST_GROUPS = 10_000;

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= MOST_GROUPS) return limit;
  throw new AppError('BadLimit', `--limit "${text}": use a whole number from 1 to ${MOST_GROUPS}`);
}

/** Those of which anything was counted, or the one that is wanted. */
export async function servicesOf(table: Table, wanted: string | undefined): Promise<string[]> {
  const rows = await table.query(serviceRange());
  const known = rows.map(({ sort }) => sort);
  if (wanted === undefined) return known;
  if (known.includes(wanted) || known.length === 0) return [wanted];
  throw new AppError(
    'UnknownService',
    `nothing was ever counted of service "${wanted}": there is ${known.join(', ')}`,
  );
}
