import * as z from 'zod';
import type { Same } from '../schema/same.ts';
import { PRIVACY_KINDS } from './config.ts';
import { CONFIG_CHECK_SCHEMA, type ConfigCheck } from './config-check.ts';

const count = z.int().min(0);
const position = z
  .int()
  .min(1)
  .nullable()
  .describe('1-based; null where nothing can be pointed at');

const group = z
  .strictObject({
    name: z.string().describe('with a * at its end: all groups that begin so'),
    format: z.string().nullable(),
    pattern: z.string().nullable(),
    create: z.boolean(),
  })
  .meta({ id: 'LogGroup' });
const groups = z.array(group);

const service = z.strictObject({
  name: z.string(),
  logs: z.strictObject({
    access: groups,
    error: groups,
    gunicorn: groups,
    system: groups,
    app: groups,
  }),
  streams: z.array(z.string()),
  gunicorn: z.strictObject({
    version: z.string().nullable(),
    workerClass: z.string().nullable(),
    timeoutMs: count.nullable(),
    unit: z.string().nullable(),
  }),
  privacy: z
    .strictObject({
      keep: z.array(z.enum(PRIVACY_KINDS)).describe('what is not taken out of log lines'),
      extra: z.array(z.string()).describe('further keys whose values are'),
    })
    .optional()
    .describe('not there unless it differs from the default'),
});

const slack = z.union([
  z.strictObject({ kind: z.literal('webhook'), secretArn: z.string() }),
  z.strictObject({ kind: z.literal('chat'), workspaceId: z.string(), channelId: z.string() }),
]);

const policy = z.strictObject({
  minFailures: count,
  windowMs: count,
  minRate: z.number().min(0).max(1).describe('share of requests'),
  resolveAfterMs: count,
  renotifyMs: count,
});

/** The whole of `config check --format json` (`badgateway/config-check@1`). */
export const configCheckSchema = z
  .strictObject({
    schema: z.literal(CONFIG_CHECK_SCHEMA),
    path: z.string(),
    valid: z.boolean(),
    problems: z.array(
      z.strictObject({
        path: z.string().describe('where in the document: services[0].logs.access[1].format'),
        value: z.string().nullable().describe('the wrong value, shortened; null without one'),
        message: z.string().describe('what is allowed, and what was given'),
        line: position,
        column: position,
      }),
    ),
    notes: z.array(z.string()).describe('what will not be seen, or told'),
    services: z.array(service).describe('what would be watched; empty unless valid'),
    alerts: z
      .strictObject({ email: z.array(z.string()), slack: slack.nullable(), policy })
      .nullable()
      .describe('null unless valid'),
  })
  .meta({ title: CONFIG_CHECK_SCHEMA });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof configCheckSchema>, ConfigCheck>;
