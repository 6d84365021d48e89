/** The document that programs get of an alert, and what filter policies see of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../../adapters/aws/alert-topic.ts';
import { topicMessageOf } from '../../../adapters/aws/alert-topic-message.ts';
import type { Publication } from '../../../core/incident/summary.ts';
import type { AlertLinks } from '../../../core/messages/alert.ts';
import { alertAttributes } from '../../../core/messages/alert-attributes.ts';
import { alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { fitDocument } from '../../../core/messages/fit-document.ts';
import { alertSchema } from '../../../core/schema/alert.ts';
import { hostile, hostileAlert } from './hostile-alerts.ts';
import {
  alert,
  CONTEXT,
  INCIDENT,
  RESTART,
  resolved,
  summary,
  transition,
} from './sample-alerts.ts';

const REFINED = transition('refined', {
  incident: { ...INCIDENT, formerCause: 'worker-died-unknown' },
});

describe('the document for programs', () => {
  it('has ISO times, links and lines of context', () => {
    const links = { logs: 'https://example.com/logs' };
    const document = alertDocumentOf(alert(resolved(), { links, context: CONTEXT.slice(0, 1) }));
    expect(document).toMatchObject({
      schema: 'badgateway/alert@1',
      transition: 'resolved',
      at: '2026-11-20T14:19:40.000Z',
      service: 'shop',
      incident: {
        id: 'shop/worker-timeout/20261120T140211Z',
        openedAt: '2026-11-20T14:02:11.000Z',
        lastFailureAt: '2026-11-20T14:09:40.000Z',
        resolvedAt: '2026-11-20T14:19:40.000Z',
        formerTitle: null,
      },
      diagnosis: { cause: 'worker-timeout' },
      links,
      context: [{ at: '2026-11-20T14:02:30.000Z', host: 'web-1', role: 'app' }],
      truncated: false,
    });
  });

  it.each<[string, Publication]>([
    ['an opening', transition('opened')],
    ['a refinement', REFINED],
    ['an end', resolved()],
    ['a restart', RESTART],
    ['a test', transition('test')],
    ['a summary', summary(3, 2)],
  ])('of %s is as its schema says', (_, publication) => {
    const document = alertDocumentOf(alert(publication, { context: CONTEXT }));
    expect(alertSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  it('says the former verdict in words', () => {
    expect(alertDocumentOf(alert(REFINED))).toMatchObject({
      incident: {
        formerTitle: 'Gunicorn closed connections without an answer, and no log given says why',
      },
    });
  });

  it.each<[string, string]>([
    ['http://example.com/', 'not https'],
    ['javascript:alert(1)', 'no web address'],
    ['https://example.com/ <!channel>', 'more than an address'],
    ['https://example.com/|x', 'a bar'],
    [`https://example.com/${'x'.repeat(3_000)}`, 'too long'],
  ])('has no link %s: %s', (logs) => {
    const links: AlertLinks = { logs, dashboard: 'https://example.com/' };
    const document = alertDocumentOf(alert(transition('opened'), { links }));
    expect(document).toMatchObject({ links: { dashboard: 'https://example.com/' } });
    expect(JSON.stringify(document)).not.toContain(JSON.stringify(logs));
  });
});

describe('a document that is too large', () => {
  const bytes = (text: string): number => Buffer.byteLength(text);
  const context = CONTEXT.map((line) => ({ ...line, line: 'ü'.repeat(1_000) }));

  it('loses its context, then its evidence, and says so', () => {
    const document = alertDocumentOf(alert(transition('opened'), { context }));
    const whole = JSON.stringify(document);
    expect(fitDocument(document, bytes(whole))).toBe(whole);
    const bare = JSON.parse(fitDocument(document, bytes(whole) - 1));
    expect(bare).toMatchObject({ context: [], truncated: true });
    expect(bare.diagnosis.evidence).toHaveLength(2);
    const barer = JSON.parse(fitDocument(document, bytes(JSON.stringify(bare)) - 1));
    expect(barer).toMatchObject({ context: [], truncated: true, diagnosis: { evidence: [] } });
    expect(alertSchema.parse(barer)).toEqual(barer);
  });

  it('of many changes has the first of them, and how many it left out', () => {
    const document = alertDocumentOf(alert(summary(100, 7)));
    const text = fitDocument(document, 8_000);
    const { transitions, omitted, waiting } = JSON.parse(text);
    expect(bytes(text)).toBeLessThanOrEqual(8_000);
    expect(transitions.length).toBeGreaterThan(5);
    expect([transitions.length + omitted, waiting]).toEqual([100, 7]);
    expect(alertSchema.safeParse(JSON.parse(text)).success).toBe(true);
  });

  it('never makes a message that SNS would refuse', () => {
    fc.assert(
      fc.property(hostile, hostile, (line, name) => {
        const { bodies, attributes } = topicMessageOf(hostileAlert('opened', { line, name }));
        const size = bytes(JSON.stringify(bodies)) + bytes(JSON.stringify(attributes));
        expect(size).toBeLessThan(MAX_MESSAGE_BYTES);
        JSON.parse(bodies.default);
      }),
    );
    const { bodies, attributes } = topicMessageOf(alert(summary(100)));
    const size = bytes(JSON.stringify(bodies)) + bytes(JSON.stringify(attributes));
    expect(size).toBeLessThan(MAX_MESSAGE_BYTES);
  });
});

describe('the attributes for filter policies', () => {
  it('of one change are texts', () => {
    expect(alertAttributes(transition('opened'))).toEqual({
      service: { type: 'String', value: 'shop' },
      cause: { type: 'String', value: 'worker-timeout' },
      severity: { type: 'String', value: 'high' },
      transition: { type: 'String', value: 'opened' },
    });
  });

  it('of many changes are lists, so that a policy for one service matches', () => {
    expect(alertAttributes(summary(2))).toEqual({
      service: { type: 'String.Array', value: '["shop-0","shop-1"]' },
      cause: { type: 'String.Array', value: '["worker-timeout"]' },
      severity: { type: 'String.Array', value: '["high"]' },
      transition: { type: 'String.Array', value: '["opened","summary"]' },
    });
  });
});
