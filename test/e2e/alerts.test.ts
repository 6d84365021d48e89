/**
 * From log lines to messages: `cdk deploy` into the emulator, failures of the last seconds, and what the e-mail, Slack
 * and a queue get, when they begin and when they are over.
 */
import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ENV, SWEEP_EVENT } from '../../core/contract.ts';
import type { LogRole } from '../../core/model.ts';
import { AlertingStack, eventually } from './alerting-stack.ts';
import { deliveryEvent } from './deliver.ts';
import { accessLine, closedLine, type Line, timeoutLine } from './log-lines.ts';
import { clientConfig } from './ministack.ts';
import { PASS, type Ruling } from './relay.ts';

const NAME = 'badgateway-alerts';
const SERVICE = 'shop';
const CONFIGURATION = [
  'services:',
  `  - name: ${SERVICE}`,
  '    logs: { access: /shop/access, error: /shop/error, gunicorn: /shop/gunicorn }',
  '',
].join('\n');
const REFUSAL: Ruling = {
  kind: 'answer',
  status: 403,
  headers: { 'content-type': 'text/xml' },
  body: '<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>',
};

const aws = inject('ministack');
let stack: AlertingStack;

async function deliver(role: LogRole, lines: readonly Line[]): Promise<void> {
  const log = { deployment: NAME, service: SERVICE, role };
  await stack.invoke('IngestFunctionName', deliveryEvent(log, lines));
}

async function slackPosts(count: number): Promise<void> {
  await eventually('Slack', 30_000, () => stack.slack.posts.length >= count || undefined);
  expect(stack.slack.posts).toHaveLength(count);
}

beforeAll(async () => {
  stack = await AlertingStack.deploy(aws, NAME, CONFIGURATION);
}, 300_000);

afterAll(async () => {
  await stack?.destroy();
}, 300_000);

describe('the subscriptions of the topic', () => {
  it('have a dead-letter queue each', async () => {
    const TopicArn = stack.output('AlertTopicArn');
    const sns = new SNSClient(clientConfig(aws));
    const { Subscriptions = [] } = await sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn }),
    );
    const ours = Subscriptions.filter(({ Protocol }) => Protocol !== 'sqs');
    expect(ours.map(({ Protocol }) => Protocol).sort()).toEqual(['email', 'lambda']);
    for (const { SubscriptionArn } of ours) {
      const { Attributes } = await sns.send(
        new GetSubscriptionAttributesCommand({ SubscriptionArn }),
      );
      expect(Attributes?.RedrivePolicy).toContain('DeadLetters');
    }
    sns.destroy();
  });
});

describe('workers that time out', () => {
  it('are told once, to everybody, while they do', async () => {
    const now = Date.now() - 2_000;
    const paths = Array.from({ length: 8 }, (_, index) => `/cart/${index}?token=verysecret`);
    const began = Date.now();
    await deliver(
      'gunicorn',
      paths.map((_, index) => timeoutLine(now, 50 + index)),
    );
    await deliver(
      'error',
      paths.map((path) => closedLine(now, path)),
    );
    await deliver(
      'access',
      paths.map((path) => accessLine(now, path)),
    );
    const { document } = await stack.transitionOf(SERVICE, 'opened', 60_000);
    // The bucket that collects wake-ups takes up to 20 s.
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(document).toMatchObject({
      schema: 'badgateway/alert@1',
      service: SERVICE,
      diagnosis: { cause: 'worker-timeout', confidence: 'confirmed', failures: 8 },
    });
    await slackPosts(1);
    expect(stack.slack.posts[0]?.path).toBe('/services/T000/B000/verysecretpath');
    const posted = JSON.stringify(stack.slack.posts[0]?.payload);
    expect(posted).toContain('WORKER TIMEOUT');
    const [mail, ...more] = stack.published;
    expect(more).toEqual([]);
    // As SNS wants it, and a machine reads it.
    expect(mail?.subject).toMatch(/^\[shop\] [\x20-\x7e]{10,92}$/);
    expect(mail?.document).toEqual(document);
    const text = mail?.email ?? '';
    expect(text).toContain('8 ');
    expect(text).toContain('WORKER TIMEOUT');
    expect(text).toContain('web-1');
    expect(text).toContain(document.incident.id);
    expect([text, posted, JSON.stringify(document)].join('\n')).not.toContain('verysecret');
  }, 120_000);

  it('are over once it was quiet, though no logs come and the topic refuses it twice', async () => {
    let refusals = 2;
    stack.judge = () => (refusals-- > 0 ? REFUSAL : PASS);
    // Shorter than a configuration may have it, so that nobody waits for minutes.
    const policy = JSON.stringify({ resolveAfterMs: 10_000 });
    await stack.setVariables('EvaluateFunctionName', { [ENV.policy]: policy });
    await stack.invoke('EvaluateFunctionName', SWEEP_EVENT);
    const { document } = await stack.transitionOf(SERVICE, 'resolved', 150_000);
    expect(refusals).toBeLessThan(0);
    await slackPosts(2);
    expect(stack.published).toHaveLength(2);
    const told = stack.receivedOf(SERVICE).map((received) => received.document);
    expect(told.map(({ transition }) => transition)).toEqual(['opened', 'resolved']);
    expect(new Set(told.map((one) => 'incident' in one && one.incident.id))).toEqual(
      new Set([document.incident.id]),
    );
  }, 200_000);

  it('are posted to Slack once, also when SNS delivers a message again', async () => {
    const [first] = stack.received;
    const Sns = { MessageId: 'again', Subject: 'again', Message: JSON.stringify(first?.document) };
    await stack.invoke('SlackFunctionName', { Records: [{ EventSource: 'aws:sns', Sns }] });
    expect(stack.slack.posts).toHaveLength(2);
  });
});
