import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { INCIDENTS_SCHEMA, type IncidentList, type IncidentStory } from '../query/incidents.ts';
import { diagnosisSchema } from './diagnosis.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const count = z.int().min(0);
const cause = z.enum([...CAUSES, ...DISPOSITIONS]);

const entry = {
  id: z.string(),
  service: z.string(),
  cause,
  status: z.enum(['open', 'resolved']),
  openedAt: time.describe('the first failure'),
  lastFailureAt: time,
  resolvedAt: time.nullable(),
  failures: count,
  hosts: z.array(z.string()).describe('with failures, at most 100'),
  reopened: count.describe('times it came back'),
  mutedBy: z.string().nullable(),
  isTold: z.boolean().describe('whether people were told of it at all'),
};

/** `badgateway/incidents@1`, what `incidents --format json` prints. */
export const incidentListSchema = z
  .strictObject({
    schema: z.literal(INCIDENTS_SCHEMA),
    from: time,
    to: time,
    incidents: z.array(z.strictObject(entry)).describe('latest first'),
  })
  .meta({ title: 'badgateway incidents --format json' });

/** What `incidents ID --format json` prints. */
export const incidentStorySchema = z
  .strictObject({
    ...entry,
    formerCauses: z.array(cause).describe('what it was taken for before'),
    history: z
      .array(
        z.strictObject({
          at: time,
          transition: z.enum(['opened', 'refined', 'escalated', 'resolved', 'reopened', 'test']),
          cause,
          reason: z.string(),
          failures: count,
        }),
      )
      .describe('what people were told, oldest first'),
    diagnosis: diagnosisSchema.nullable().describe('null when nothing of its time is kept'),
  })
  .meta({ title: 'badgateway incidents ID --format json' });

// They do not compile once type and schema part.
true satisfies Same<z.infer<typeof incidentListSchema>, IncidentList>;
true satisfies Same<z.infer<typeof incidentStorySchema>, IncidentStory>;
