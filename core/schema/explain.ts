import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import type { Explanation } from '../explanation.ts';
import { LOG_ROLES, MECHANISMS, SIGNALS } from '../model.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

/** One object of `explain --format json`: one a line, in order. */
export const explanationSchema = z
  .strictObject({
    role: z.enum(LOG_ROLES),
    parsed: z.boolean(),
    at: time.nullable().describe('null without a time'),
    kind: z.enum(['mechanism', 'signal', 'request', 'other']),
    id: z
      .enum([...MECHANISMS, ...SIGNALS])
      .nullable()
      .describe('null for request and other'),
    visible: z
      .string()
      .regex(/^(\d{3}|none)$/)
      .describe('the status a client gets because of this line alone, or none'),
    causes: z.array(z.enum([...CAUSES, ...DISPOSITIONS])).describe('the causes it can point to'),
    rule: z.string().nullable(),
    source: z.string().nullable(),
    fields: z.record(
      z.string(),
      z.union([
        z.string(),
        z.number(),
        z.boolean(),
        z.null(),
        z.array(z.union([z.string(), z.number(), z.null()])).readonly(),
      ]),
    ),
  })
  .meta({ title: 'badgateway explain, one line' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof explanationSchema>, Explanation>;
