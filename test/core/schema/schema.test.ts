import { expect, test } from 'vitest';
import { configCheckSchema } from '../../../core/config/config-check-schema.ts';
import { documentSchema } from '../../../core/config/document-schema.ts';
import type { DiagnosisReport } from '../../../core/diagnosis.ts';
import type { Explanation } from '../../../core/explanation.ts';
import { alertSchema } from '../../../core/schema/alert.ts';
import { diagnosisReportSchema } from '../../../core/schema/diagnosis.ts';
import { drillSchema } from '../../../core/schema/drill.ts';
import { explanationSchema } from '../../../core/schema/explain.ts';
import { incidentListSchema, incidentStorySchema } from '../../../core/schema/incidents.ts';
import { renderJsonSchema } from '../../../core/schema/json-schema.ts';
import { mutesSchema } from '../../../core/schema/mutes.ts';
import { querySchema } from '../../../core/schema/query.ts';
import { rehearsalSchema } from '../../../core/schema/rehearsal.ts';
import type { Same } from '../../../core/schema/same.ts';
import { expectCommitted } from '../catalogue/committed.ts';

test.each([
  ['docs/schema/config.json', documentSchema],
  ['docs/schema/config-check.schema.json', configCheckSchema],
  ['docs/schema/diagnosis.schema.json', diagnosisReportSchema],
  ['docs/schema/alert.schema.json', alertSchema],
  ['docs/schema/drill.schema.json', drillSchema],
  ['docs/schema/explain.schema.json', explanationSchema],
  ['docs/schema/incident-story.schema.json', incidentStorySchema],
  ['docs/schema/incidents.schema.json', incidentListSchema],
  ['docs/schema/mutes.schema.json', mutesSchema],
  ['docs/schema/query.schema.json', querySchema],
  ['docs/schema/rehearsal.schema.json', rehearsalSchema],
])('%s is the generated schema (UPDATE_DOCS=1 writes it)', (path, schema) => {
  expectCommitted(path, renderJsonSchema(schema));
});

const EVIDENCE = {
  role: 'error',
  at: '2026-11-20T14:02:40.000Z',
  host: 'web-1',
  path: 'error.log',
  lineNumber: 17,
  line: 'a line',
} as const;

const REPORT: DiagnosisReport = {
  schema: 'badgateway/diagnosis@1',
  inputs: [
    {
      path: 'error.log',
      role: 'error',
      host: 'web-1',
      lines: 12,
      unparsed: 0,
      notes: ['UTC fits'],
    },
  ],
  window: { from: '2026-11-20T14:02:11.000Z', to: '2026-11-20T14:09:40.000Z' },
  requests: { total: 4870, byStatus: { '200': 4558, '502': 312 } },
  failures: 312,
  diagnoses: [
    {
      cause: 'worker-timeout',
      title: 'Gunicorn killed workers that took longer than 30 s',
      severity: 'high',
      mechanism: null,
      confidence: 'confirmed',
      failures: 312,
      retried: 0,
      truncated: 0,
      firstSeen: '2026-11-20T14:02:11.000Z',
      lastSeen: '2026-11-20T14:09:40.000Z',
      byStatus: { '500': 312 },
      hosts: [{ host: 'web-1', failures: 312 }],
      routes: [{ route: 'GET /reports/:id', failures: 312 }],
      upstreams: [{ upstream: 'http://127.0.0.1:8000', failures: 312 }],
      timeline: [{ at: '2026-11-20T14:02:00.000Z', failures: 312 }],
      evidence: [EVIDENCE, { ...EVIDENCE, lineNumber: null }],
      absent: [],
      symptoms: [{ mechanism: 'no-live-upstreams', count: 12 }],
      signals: [{ signal: 'worker-timeout', count: 12 }],
      fixes: [{ title: 'a step', why: 'a reason', commands: [], verify: ['curl'] }],
      docs: ['https://nginx.org/'],
    },
  ],
  notes: [],
  unparsed: { lines: 1, samples: [EVIDENCE] },
};

const EXPLANATION: Explanation = {
  role: 'error',
  parsed: true,
  at: null,
  kind: 'mechanism',
  id: 'connection-refused',
  visible: '502',
  causes: ['backend-not-listening'],
  rule: 'connect() failed (111',
  source: 'nginx src/http/ngx_http_upstream.c',
  fields: { errno: 111, client: '10.0.0.1', isTruncated: false, subrequest: null },
};

test('a report and an explanation as their types have them are valid', () => {
  expect(diagnosisReportSchema.parse(REPORT)).toEqual(REPORT);
  expect(explanationSchema.parse(EXPLANATION)).toEqual(EXPLANATION);
});

test.each([
  ['an unknown field', { ...REPORT, extra: 1 }],
  ['an unknown field of a diagnosis', { ...REPORT, diagnoses: [{ ...REPORT.diagnoses[0], x: 1 }] }],
  ['an unknown cause', { ...REPORT, diagnoses: [{ ...REPORT.diagnoses[0], cause: 'gremlins' }] }],
  ['a negative count', { ...REPORT, failures: -1 }],
  ['half a failure', { ...REPORT, failures: 0.5 }],
  ['a time without milliseconds', { ...REPORT, window: { from: '2026-11-20T14:02:11Z', to: '' } }],
  ['a missing field', { ...REPORT, notes: undefined }],
])('a report with %s is not valid', (_, report) => {
  expect(diagnosisReportSchema.safeParse(report).success).toBe(false);
});

test('an explanation may have lists among its fields, but no objects', () => {
  expect(explanationSchema.safeParse({ ...EXPLANATION, fields: { a: ['x'] } }).success).toBe(true);
  expect(explanationSchema.safeParse({ ...EXPLANATION, fields: { a: {} } }).success).toBe(false);
});

test('types that differ do not compile as the same', () => {
  true satisfies Same<{ a: string[] }, { readonly a: readonly string[] }>;
  true satisfies Same<{ a: 1 } & { b: 2 }, { a: 1; b: 2 }>;
  // @ts-expect-error: b is missing
  true satisfies Same<{ a: string }, { a: string; b: string }>;
  // @ts-expect-error: a may be missing
  true satisfies Same<{ a?: string }, { a: string }>;
  // @ts-expect-error: another union
  true satisfies Same<{ a: 'x' | 'y' }, { a: 'x' }>;
});
