import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { DIAGNOSIS_SCHEMA, type Diagnosis, type DiagnosisReport } from '../diagnosis.ts';
import { CONFIDENCES, LOG_ROLES, MECHANISMS, SIGNALS } from '../model.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const count = z.int().min(0);

const countByStatus = z.record(z.string(), count).describe('how many for each HTTP status');

const evidenceLine = z
  .strictObject({
    role: z.enum(LOG_ROLES),
    at: time,
    host: z.string(),
    path: z.string(),
    lineNumber: z.int().min(1).nullable().describe('null for a log stream'),
    line: z.string().describe('UTF-8, control characters made visible'),
  })
  .meta({ id: 'EvidenceLine' });

const fix = z
  .strictObject({
    title: z.string(),
    why: z.string(),
    commands: z
      .array(z.string())
      .describe('lines for a shell, or for the file that a line beginning with # names'),
    verify: z.array(z.string()).describe('commands that only look'),
  })
  .meta({ id: 'Fix' });

/** One diagnosis, as in `diagnose --format json`, in the store and in alerts. */
export const diagnosisSchema = z
  .strictObject({
    cause: z.enum([...CAUSES, ...DISPOSITIONS]),
    title: z.string().describe('the verdict as one sentence without full stop'),
    severity: z.enum(['critical', 'high', 'medium', 'low']),
    mechanism: z
      .enum(MECHANISMS)
      .nullable()
      .describe('what NGINX saw; null when it logged nothing'),
    confidence: z
      .enum(CONFIDENCES)
      .describe('evidence from both sides, from one side, or from the access log alone'),
    failures: count.describe(
      'client-visible failures; the sum over diagnoses is that of the report',
    ),
    retried: count.describe('upstream errors that no client saw'),
    truncated: count.describe('responses cut after their status was sent'),
    firstSeen: time,
    lastSeen: time,
    byStatus: countByStatus,
    hosts: z.array(z.strictObject({ host: z.string(), failures: count })),
    routes: z.array(z.strictObject({ route: z.string(), failures: count })),
    upstreams: z.array(z.strictObject({ upstream: z.string(), failures: count })),
    timeline: z.array(z.strictObject({ at: time, failures: count })),
    evidence: z.array(evidenceLine),
    absent: z.array(z.string()).describe('what was looked for and not found, or could not be'),
    symptoms: z.array(z.strictObject({ mechanism: z.enum(MECHANISMS), count })),
    signals: z.array(z.strictObject({ signal: z.enum(SIGNALS), count })),
    fixes: z.array(fix),
    docs: z.array(z.string()),
  })
  .meta({ id: 'Diagnosis' });

/** The whole of `diagnose --format json` (`badgateway/diagnosis@1`). */
export const diagnosisReportSchema = z
  .strictObject({
    schema: z.literal(DIAGNOSIS_SCHEMA),
    inputs: z.array(
      z.strictObject({
        path: z.string(),
        role: z.enum(LOG_ROLES),
        host: z.string(),
        lines: count,
        unparsed: count,
        notes: z.array(z.string()),
      }),
    ),
    window: z.strictObject({ from: time, to: time }).nullable().describe('null without any entry'),
    requests: z
      .strictObject({ total: count, byStatus: countByStatus })
      .nullable()
      .describe('from the access logs; null without one'),
    failures: count,
    diagnoses: z.array(diagnosisSchema).describe('most failures first, then by cause'),
    notes: z.array(z.string()).describe('what limits the answer'),
    unparsed: z.strictObject({ lines: count, samples: z.array(evidenceLine) }),
  })
  .meta({ title: DIAGNOSIS_SCHEMA });

// Neither line compiles once the types of core/diagnosis.ts and these schemas part.
true satisfies Same<z.infer<typeof diagnosisSchema>, Diagnosis>;
true satisfies Same<z.infer<typeof diagnosisReportSchema>, DiagnosisReport>;
