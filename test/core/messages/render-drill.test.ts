import { describe, expect, it } from 'vitest';
import {
  type DrillDocument,
  renderDrillEnd,
  renderHop,
  stuckAt,
  subscriptionDocumentOf,
  subscriptionProblems,
} from '../../../core/messages/render-drill.ts';
import { drillSchema } from '../../../core/schema/drill.ts';

const subscriptions = [
  { protocol: 'email', endpoint: 'ops@example.com', arn: 'PendingConfirmation' },
  {
    protocol: 'lambda',
    endpoint: 'arn:aws:lambda:eu-west-1:1:function:slack',
    arn: 'arn:aws:sns:x',
  },
  { protocol: 'email', endpoint: 'left@example.com\u001b[2J', arn: 'Deleted' },
].map(subscriptionDocumentOf);

function documentOf(more: Partial<DrillDocument>): DrillDocument {
  return {
    schema: 'badgateway/drill@1',
    kind: 'result',
    id: 'drill-20261120T140241Z-5e884898',
    stack: 'badgateway',
    region: 'eu-west-1',
    startedAt: '2026-11-20T14:02:41.000Z',
    ok: true,
    hops: [],
    alert: null,
    subscriptions,
    unread: [],
    problems: [],
    ...more,
  };
}

describe('a drill', () => {
  it('says when each hop was taken', () => {
    expect(renderHop({ hop: 'accepted', ms: 312 })).toMatchInlineSnapshot(`
      "  +   0.3 s  CloudWatch Logs has the lines
      "
    `);
    expect(renderHop({ hop: 'published', ms: 14_600 })).toMatchInlineSnapshot(`
      "  +  14.6 s  the topic has taken the message
      "
    `);
  });

  it('ends with who gets the message, and what to do about the others', () => {
    const problems = subscriptionProblems(subscriptions, 'arn:aws:sns:eu-west-1:1:alerts');
    expect(drillSchema.parse(documentOf({ problems }))).toEqual(documentOf({ problems }));
    expect(renderDrillEnd(documentOf({ problems }))).toMatchInlineSnapshot(`
      "Subscribed to the topic:
        pending    email   ops@example.com
        confirmed  lambda  arn:aws:lambda:eu-west-1:1:function:slack
        deleted    email   left@example.com\\x1B[2J
      ! email ops@example.com gets nothing: its subscription is not confirmed
        click the link in the mail "AWS Notification - Subscription Confirmation" (look into the spam folder, too); a new one is sent by: aws sns subscribe --topic-arn arn:aws:sns:eu-west-1:1:alerts --protocol email --notification-endpoint ops@example.com
      The alert is out. See that it has arrived, too.
      "
    `);
  });

  it('that is stuck says where to look', () => {
    const problems = [
      stuckAt('ingested', 'badgateway', 120_000),
      ...subscriptionProblems([], 'arn'),
    ];
    const document = documentOf({ ok: false, subscriptions: [], problems });
    expect(renderDrillEnd(document)).toMatchInlineSnapshot(`
      "! after 120 s still not: ingest has stored them
        look into log group /badgateway/badgateway/ingest and the dead-letter queue of ingest; if both are empty, the subscription filter of log group /badgateway/badgateway/drill is gone: deploy again
      ! nobody gets alerts: no subscription of the topic is confirmed
        put alerts: { email: … } or { slack: … } into badgateway.yaml and deploy again
      The drill has failed.
      "
    `);
  });
});
