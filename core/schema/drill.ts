import * as z from 'zod';
import { DRILL_HOPS } from '../incident/drill-progress.ts';
import type { DrillDocument, DrillHopDocument } from '../messages/render-drill.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const name = z.literal('badgateway/drill@1');
const id = z.string().describe('names the drill, and its log stream');
const hopTime = {
  hop: z.enum(DRILL_HOPS),
  ms: z
    .int()
    .nonnegative()
    .nullable()
    .describe('since the drill began, as seen by the command; null: not in time'),
};

const hop = z.strictObject({ schema: name, kind: z.literal('hop'), id, ...hopTime });

const subscription = z.strictObject({
  protocol: z.string(),
  endpoint: z.string(),
  state: z.enum(['confirmed', 'pending', 'deleted']),
});

const result = z.strictObject({
  schema: name,
  kind: z.literal('result'),
  id,
  stack: z.string(),
  region: z.string(),
  startedAt: time,
  ok: z.boolean().describe('the message is out, and somebody is subscribed'),
  hops: z.array(z.strictObject(hopTime)),
  alert: z.string().nullable().describe('id of the alert that was published; null: none in time'),
  subscriptions: z.array(subscription).describe('of the topic of alerts'),
  unread: z
    .array(z.string())
    .nullable()
    .describe('log groups that are there but not subscribed; null: not allowed to look'),
  problems: z.array(z.strictObject({ what: z.string(), todo: z.string() })),
});

/** One line of `drill --format json`: each hop as it is taken, then the result. */
export const drillSchema = z
  .discriminatedUnion('kind', [hop, result])
  .meta({ title: 'badgateway drill, one line' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof hop>, DrillHopDocument>;
true satisfies Same<z.infer<typeof result>, DrillDocument>;
