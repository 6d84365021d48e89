/**
 * What an alert says beside the incident, by the deployed function: lines that only its log group has, and a link.
 * MiniStack knows no patterns with regular expressions: what is found is found by the search without one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Deployment } from './deployment.ts';
import { clientConfig } from './ministack.ts';

const NAME = 'badgateway-context';
const HOST = 'web-1';

const aws = inject('ministack');
const config = clientConfig(aws);
const logs = new CloudWatchLogsClient(config);
const sns = new SNSClient(config);
const sqs = new SQSClient(config);
const deployment = new Deployment(aws, NAME);
let QueueUrl: string | undefined;

const SUBSCRIBED = ['access', 'error', 'gunicorn'];
const CONFIGURATION = [
  'services:',
  '  - name: shop',
  '    logs:',
  ...SUBSCRIBED.map(
    (role) => `      ${role}: { name: /context/${role}, create: true, pattern: "" }`,
  ),
  '      app: { name: /context/app, create: true }',
  'alerts: { email: ops@example.com, policy: { minFailures: 3 } }',
  '',
].join('\n');

beforeAll(async () => {
  await deployment.bootstrap();
  await deployment.deploy(CONFIGURATION);
  const QueueName = `${NAME}-subscriber`;
  ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName })));
  await sns.send(
    new SubscribeCommand({
      TopicArn: deployment.outputs().AlertTopicArn,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:${aws.region}:000000000000:${QueueName}`,
    }),
  );
}, 300_000);

afterAll(async () => {
  await deployment.destroy();
  for (const client of [logs, sns, sqs]) client.destroy();
}, 300_000);

async function write(role: string, at: number, messages: readonly string[]): Promise<void> {
  const place = { logGroupName: `/context/${role}`, logStreamName: HOST };
  await logs.send(new CreateLogStreamCommand(place));
  const logEvents = messages.map((message) => ({ timestamp: at, message }));
  await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
}

// biome-ignore lint/suspicious/noExplicitAny: it is what is tested
async function nextDocument(): Promise<any> {
  for (const until = Date.now() + 90_000; Date.now() < until; await wait(250)) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    const [message] = Messages;
    if (message) return JSON.parse(JSON.parse(message.Body ?? '').Message);
  }
  throw new Error('no alert came');
}

test('an alert has the traceback and a link to its lines', async () => {
  const now = Date.now() - 2_000;
  const stamp = new Date(now).toISOString().slice(0, 19);
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ');
  await write('gunicorn', now, [
    [
      `[${stamp.replace('T', ' ')} +0000] [50] [ERROR] Error handling request /cart?token=verysecret`,
      'Traceback (most recent call last):',
      '  File "/srv/shop/cart.py", line 12, in add',
      'redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection refused.',
    ].join('\n'),
    `[${stamp.replace('T', ' ')} +0000] [41] [CRITICAL] WORKER TIMEOUT (pid:50)`,
  ]);
  const closed =
    'upstream prematurely closed connection while reading response header from upstream';
  await write(
    'error',
    now,
    [1, 2, 3, 4].map(
      (cart) =>
        `${stamp.replaceAll('-', '/').replace('T', ' ')} [error] 70#70: *${cart} ${closed}, client: 203.0.113.9, server: _, request: "GET /cart/${cart} HTTP/1.1", upstream: "http://127.0.0.1:8000/cart/${cart}", host: "shop"`,
    ),
  );
  await write(
    'access',
    now,
    [1, 2, 3, 4].map(
      (cart) =>
        `203.0.113.9 - - [${day}/${month}/${year}:${time} +0000] "GET /cart/${cart} HTTP/1.1" 502 157 "-" "curl"`,
    ),
  );
  const document = await nextDocument();
  expect(document).toMatchObject({ transition: 'opened', service: 'shop' });
  const lines = document.context.map(({ line }: { line: string }) => line);
  expect(lines).toContain('  File "/srv/shop/cart.py", line 12, in add');
  expect(document.context[0]).toMatchObject({ host: HOST, role: 'gunicorn' });
  expect(JSON.stringify(document)).not.toContain('verysecret');
  expect(document.links.logs).toContain(`https://${aws.region}.console.aws.amazon.com/`);
  expect(document.links.logs).toContain('context*2fgunicorn');
}, 120_000);
