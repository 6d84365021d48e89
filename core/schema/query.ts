import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { DIMENSIONS, QUERY_SCHEMA, type QueryResult } from '../query/query.ts';
import { EVERY } from '../query/time-buckets.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const count = z.int().min(0);
const name = z.string().nullable().optional();

const row = z.strictObject({
  time: time.optional().describe('when it begins; only where times were asked for'),
  service: name,
  cause: z
    .enum([...CAUSES, ...DISPOSITIONS])
    .nullable()
    .optional(),
  host: name,
  route: name.describe('null where no log tells'),
  upstream: name.describe('null where no log tells'),
  status: name,
  failures: count,
  isOther: z
    .literal(true)
    .optional()
    .describe('it stands for all groups that are not told apart; its names are null'),
});

/** `badgateway/query@1`, what `query --format json` prints. */
export const querySchema = z
  .strictObject({
    schema: z.literal(QUERY_SCHEMA),
    services: z.array(z.string()),
    from: time,
    to: time.describe('what was counted: whole minutes, or hours where minutes are not kept'),
    by: z.array(z.enum(DIMENSIONS)),
    every: z.enum(EVERY).nullable().describe('null without times'),
    timeZone: z.string().describe('of days and months'),
    rows: z.array(row).describe('by time, then with the most failures first'),
    failures: count.describe('client-visible failures: the sum of the rows'),
    otherGroups: count.describe('groups that the rows with isOther stand for'),
    notes: z.array(z.string()).describe('what a reader must know, a sentence each'),
  })
  .meta({ title: 'badgateway query --format json' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof querySchema>, QueryResult>;
