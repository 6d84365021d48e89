import { expect, test } from 'vitest';
import { topicMessageOf } from '../../../adapters/aws/alert-topic-message.ts';
import type { AlertNotice } from '../../../core/incident/notice.ts';
import { NO_EXTRAS } from '../../../core/messages/alert.ts';
import { alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { slackPayloadOf } from '../../../core/messages/slack-payload.ts';
import { alertSchema } from '../../../core/schema/alert.ts';

const NOTICE: AlertNotice = {
  kind: 'notice',
  id: 'notice/subscriptions/1',
  at: Date.UTC(2026, 10, 20, 14),
  title: '1 address gets no alerts',
  lines: ['ann@example.com\u202e has not confirmed:', 'aws sns subscribe --protocol email'],
};

test('a notice is told to people and programs, in the words that it has', () => {
  const { subject, bodies, attributes } = topicMessageOf({ publication: NOTICE, ...NO_EXTRAS });
  expect(subject).toBe('[badgateway] 1 address gets no alerts');
  expect(bodies.email).toBe(
    [
      '1 address gets no alerts.',
      '',
      'ann@example.com\\u{202E} has not confirmed:',
      '',
      'aws sns subscribe --protocol email',
      '',
    ].join('\n'),
  );
  expect(JSON.parse(bodies.default)).toEqual({
    schema: 'badgateway/alert@1',
    id: NOTICE.id,
    transition: 'notice',
    service: '*',
    at: '2026-11-20T14:00:00.000Z',
    title: NOTICE.title,
    lines: NOTICE.lines,
  });
  expect(JSON.parse(bodies.https ?? '').content.description).toContain('has not confirmed');
  expect(attributes).toEqual({
    service: { type: 'String', value: '*' },
    transition: { type: 'String', value: 'notice' },
  });
  expect(alertSchema.parse(JSON.parse(bodies.default))).toEqual(JSON.parse(bodies.default));
});

test('a notice is told to Slack, whom it calls not', () => {
  const document = alertDocumentOf({ publication: NOTICE, ...NO_EXTRAS });
  const { text, blocks } = slackPayloadOf(document);
  expect(text).toBe(NOTICE.title);
  expect(JSON.stringify(blocks)).toContain('ann@example.com\\\\u{202E} has not confirmed');
});
