import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import type { RehearsalDocument } from '../messages/rehearsal-document.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const count = z.int().min(0);
const milliseconds = z.number().min(0);
const cause = z.enum([...CAUSES, ...DISPOSITIONS]);

const policy = z.strictObject({
  minFailures: z.number(),
  windowMs: milliseconds,
  minRate: z.number().describe('share of requests, 0 to 1'),
  minRequests: z.number().describe('requests in a window below which a share means nothing'),
  resolveAfterMs: milliseconds,
  reopenWithinMs: milliseconds,
  renotifyMs: milliseconds,
  patienceMs: milliseconds.describe('how long a verdict that late logs may sharpen is waited for'),
  maxAgeMs: milliseconds.describe('failures older than this open nothing'),
});

const message = z.strictObject({
  at: time,
  transition: z.enum(['opened', 'refined', 'escalated', 'resolved', 'reopened', 'test']),
  service: z.string(),
  cause,
  title: z.string(),
  reason: z.string().describe('why now, in words; empty for most'),
  failures: count.describe('of the incident until then'),
  incident: z.string(),
});

const byCause = z.strictObject({
  service: z.string(),
  cause,
  incidents: count,
  messages: count,
  failures: count.describe('failed requests of these incidents'),
});

/** `badgateway/rehearsal@1`, what `rehearse --format json` prints. */
export const rehearsalSchema = z
  .strictObject({
    schema: z.literal('badgateway/rehearsal@1'),
    window: z.strictObject({ from: time, to: time }),
    policy,
    messages: z.array(message).describe('what would have been sent, oldest first'),
    totals: z.strictObject({
      messages: count,
      incidents: count.describe('of which somebody would have been told'),
      untold: count.describe('of which nobody would have been told: muted, or over too soon'),
      byCause: z.array(byCause).describe('most messages first'),
    }),
    open: z.array(z.string()).describe('incidents that people would still believe to go on'),
    warnings: z.array(z.string()).describe('rules that could never fire, a sentence each'),
  })
  .meta({ title: 'badgateway rehearse --format json' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof rehearsalSchema>, RehearsalDocument>;
