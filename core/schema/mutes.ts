import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { WEEKDAYS } from '../incident/mutes.ts';
import type { MutesDocument } from '../messages/render-mutes.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const clock = z.string().regex(/^\d\d:\d\d$/);

const weekly = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).describe('days on which the window begins'),
  from: clock,
  to: clock.describe('on the next day when it is not after from'),
  zone: z.string().describe('an IANA name or an offset'),
});

const mute = z.strictObject({
  id: z.string(),
  service: z.string().nullable().describe('null: all services'),
  cause: z
    .enum([...CAUSES, ...DISPOSITIONS])
    .nullable()
    .describe('null: all causes'),
  author: z.string(),
  reason: z.string(),
  createdAt: time,
  expiresAt: time.nullable().describe('null only with a weekly window'),
  weekly: weekly.nullable().describe('null: all the time'),
  active: z.boolean().describe('whether it silences now'),
});

/** What `mute` and `unmute` print with `--format json`. */
export const mutesSchema = z
  .strictObject({
    schema: z.literal('badgateway/mutes@1'),
    action: z.enum(['added', 'removed', 'listed']).describe('what became of these mutes'),
    mutes: z.array(mute),
  })
  .meta({ title: 'badgateway mute and unmute' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof mutesSchema>, MutesDocument>;
