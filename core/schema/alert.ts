import * as z from 'zod';
import { CAUSES, DISPOSITIONS } from '../catalogue/cause-ids.ts';
import { ALERT_SCHEMA, type AlertDocument } from '../messages/alert-document.ts';
import { LOG_ROLES } from '../model.ts';
import { diagnosisSchema } from './diagnosis.ts';
import type { Same } from './same.ts';
import { time } from './time.ts';

const count = z.int().min(0);
const cause = z.enum([...CAUSES, ...DISPOSITIONS]);
const id = z.string().describe('stable: the same when a message comes twice');
const transition = z.enum(['opened', 'refined', 'escalated', 'resolved', 'reopened', 'test']);
const everyService = z.literal('*').describe('it is not of one service');

const incident = z
  .strictObject({
    id: z.string().describe('the same in all messages of the incident'),
    service: z.string(),
    cause,
    formerCause: cause.nullable().describe('what people were told last, where it is another cause'),
    formerTitle: z.string().nullable().describe('the same as a sentence'),
    status: z.enum(['open', 'resolved']),
    openedAt: time.describe('the first failure'),
    lastFailureAt: time,
    resolvedAt: time.nullable().describe('when it was over; null while it is open'),
    failures: count.describe('requests that failed since it was opened'),
    hosts: z.array(z.string()).describe('with failures, in order of name, at most 100'),
    knownHosts: count.nullable().describe('hosts that sent logs lately; null when not known'),
    requests: count.nullable().describe('all requests since it was opened; null when not known'),
  })
  .meta({ id: 'Incident' });

const transitionSchema = z
  .strictObject({
    schema: z.literal(ALERT_SCHEMA),
    id,
    transition,
    at: time.describe('when it was decided'),
    reason: z.string().describe('why it is told again, in words; empty for most'),
    service: z.string(),
    incident,
    diagnosis: diagnosisSchema,
    links: z
      .strictObject({ logs: z.string().optional(), dashboard: z.string().optional() })
      .describe('https addresses to be opened by people'),
    context: z
      .array(
        z.strictObject({ at: time, host: z.string(), role: z.enum(LOG_ROLES), line: z.string() }),
      )
      .describe('lines of the logs around the failures, oldest first, redacted'),
    truncated: z.boolean().describe('the context, or also the evidence, was left out for its size'),
  })
  .meta({ id: 'Transition', description: 'one change of one incident' });

const summarySchema = z
  .strictObject({
    schema: z.literal(ALERT_SCHEMA),
    id,
    transition: z.literal('summary'),
    at: time,
    service: everyService,
    services: z.array(z.string()).describe('of the changes, in order of name'),
    transitions: z.array(
      z.strictObject({
        id,
        transition,
        at: time,
        reason: z.string(),
        title: z.string().describe('the verdict as one sentence without full stop'),
        severity: z.enum(['critical', 'high', 'medium', 'low']),
        incident,
      }),
    ),
    omitted: count.describe('changes left out for the size of the document'),
    waiting: count.describe('changes that come in the next summary'),
  })
  .meta({ id: 'Summary', description: 'many changes that came at once' });

const noticeSchema = z
  .strictObject({
    schema: z.literal(ALERT_SCHEMA),
    id,
    transition: z.literal('notice'),
    at: time,
    service: everyService,
    title: z.string(),
    lines: z.array(z.string()).describe('what it means and what to do, a paragraph each'),
  })
  .meta({ id: 'Notice', description: 'what badgateway has to say of itself' });

/** The document that queues and functions get of an alert (`badgateway/alert@1`). */
export const alertSchema = z
  .union([transitionSchema, summarySchema, noticeSchema])
  .meta({ title: ALERT_SCHEMA });

// Does not compile once the types of core/messages/alert-document.ts and this schema part.
true satisfies Same<z.infer<typeof alertSchema>, AlertDocument>;
