/**
 * From log lines to messages: `cdk deploy` into the emulator, failures of the last seconds, and what the e-mail, Slack
 * and a queue get, when they begin and when they are over.
 *
 * MiniStack sends no e-mails: what the topic would mail is read from the publication, which passes a server of the
 * test on its way.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { filterNameOf, TEST_ENV } from '../../core/contract.ts';
import type { LogRole } from '../../core/model.ts';
import { SlackServer } from '../adapters/aws/slack-server.ts';
import { payloadOf } from '../pipeline/deliveries.ts';
import { Deployment } from './deployment.ts';
import { clientConfig } from './ministack.ts';

const NAME = 'badgateway-alerts';
const SECRET_PATH = '/services/T000/B000/verysecretpath';

const aws = inject('ministack');
const config = clientConfig(aws);
const lambda = new LambdaClient({ ...config, maxAttempts: 3 });
const sns = new SNSClient(config);
const sqs = new SQSClient(config);
const deployment = new Deployment(aws, NAME);
let slack: SlackServer;
let snsProxy: Server;
let queueUrl: string;

/** What the topic was told: the bodies by protocol. */
const published: { readonly subject: string; readonly bodies: Record<string, string> }[] = [];
/** Publications that the topic is going to refuse. */
let refusals = 0;
/** What the queue got, oldest first. */
// biome-ignore lint/suspicious/noExplicitAny: it is what is tested
const documents: any[] = [];

async function outputOf(name: string): Promise<string> {
  const value = deployment.outputs()[name];
  if (value === undefined) throw new Error(`no output ${name}`);
  return value;
}

async function makeSecret(): Promise<string> {
  const client = new SecretsManagerClient(config);
  const { ARN = '' } = await client.send(
    new CreateSecretCommand({ Name: 'slack-webhook', SecretString: slack.origin + SECRET_PATH }),
  );
  return ARN;
}

const REFUSAL =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code></Error></ErrorResponse>';

/** The topic's API, which lets through what it keeps. */
async function startProxy(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const fields = new URLSearchParams(body);
    const isPublish = fields.get('Action') === 'Publish';
    if (isPublish && refusals > 0) {
      refusals--;
      response.writeHead(403, { 'content-type': 'text/xml' }).end(REFUSAL);
      return;
    }
    if (isPublish) {
      const bodies = JSON.parse(fields.get('Message') ?? '{}');
      published.push({ subject: fields.get('Subject') ?? '', bodies });
    }
    const answer = await fetch(`${aws.endpoint}${request.url}`, {
      method: 'POST',
      headers: {
        'content-type': String(request.headers['content-type']),
        authorization: String(request.headers.authorization),
      },
      body,
    });
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Adds variables to those that the stack has set. */
async function setVariables(name: string, more: Record<string, string>): Promise<void> {
  const FunctionName = await outputOf(name);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ...more };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
}

async function subscribeQueue(): Promise<void> {
  const TopicArn = await outputOf('AlertTopicArn');
  const arn = `arn:aws:sqs:${aws.region}:000000000000:${NAME}-subscriber`;
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
    },
  ];
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `${NAME}-subscriber`,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
    }),
  );
  queueUrl = QueueUrl;
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: arn,
      Attributes: { FilterPolicy: JSON.stringify({ service: ['shop'] }) },
    }),
  );
}

/** Takes what has come to the queue to `documents`. */
async function readQueue(): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
  );
  for (const { Body = '', ReceiptHandle } of Messages) {
    documents.push(JSON.parse(JSON.parse(Body).Message));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
}

async function documentOf(transition: string, withinMs: number) {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    await readQueue();
    const found = documents.find((document) => document.transition === transition);
    if (found) return found;
    await wait(250);
  }
  throw new Error(`nothing was ${transition} within ${withinMs} ms: ${JSON.stringify(documents)}`);
}

async function slackPosts(count: number): Promise<void> {
  for (let turn = 0; turn < 120 && slack.posts.length < count; turn++) await wait(250);
  expect(slack.posts.length).toBeGreaterThanOrEqual(count);
}

async function invoke(name: string, payload: unknown): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: await outputOf(name),
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  expect(FunctionError, Buffer.from(Payload ?? []).toString()).toBeUndefined();
}

type Line = { readonly at: number; readonly text: string };

/** As CloudWatch Logs would deliver lines of a log. */
async function deliver(role: LogRole, lines: readonly Line[]): Promise<void> {
  const events = lines.map(({ at, text }, index) => ({
    id: `${role.length}${at}${index}`.padStart(56, '0'),
    timestamp: at,
    message: text,
  }));
  const log = {
    role,
    host: 'web-1',
    group: `/shop/${role}`,
    stream: 'web-1',
    format: undefined,
    formatText: null,
    events,
  };
  const filter = filterNameOf({ deployment: NAME, service: 'shop', role, format: '-' });
  await invoke('IngestFunctionName', { awslogs: { data: payloadOf({ log, events }, filter) } });
}

function access(at: number, path: string): Line {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  const stamp = `${day}/${month}/${year}:${time} +0000`;
  return { at, text: `203.0.113.9 - - [${stamp}] "GET ${path} HTTP/1.1" 502 157 "-" "curl"` };
}

function closed(at: number, path: string): Line {
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const what = 'upstream prematurely closed connection while reading response header from upstream';
  return {
    at,
    text: `${stamp} [error] 70#70: *1 ${what}, client: 203.0.113.9, server: _, request: "GET ${path} HTTP/1.1", upstream: "http://127.0.0.1:8000${path}", host: "shop"`,
  };
}

function timedOut(at: number, pid: number): Line {
  const stamp = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return { at, text: `[${stamp} +0000] [41] [CRITICAL] WORKER TIMEOUT (pid:${pid})` };
}

function configuration(secretArn: string): string {
  return [
    'services:',
    '  - name: shop',
    '    logs: { access: /shop/access, error: /shop/error, gunicorn: /shop/gunicorn }',
    'alerts:',
    '  email: ops@example.com',
    `  slack: { webhookSecret: "${secretArn}" }`,
    '  policy: { minFailures: 5, window: 1m, resolveAfter: 1m }',
    '',
  ].join('\n');
}

beforeAll(async () => {
  slack = await SlackServer.start();
  snsProxy = await startProxy();
  await deployment.bootstrap();
  await deployment.deploy(configuration(await makeSecret()));
  const { port } = snsProxy.address() as AddressInfo;
  await setVariables('EvaluateFunctionName', { AWS_ENDPOINT_URL_SNS: `http://127.0.0.1:${port}` });
  await setVariables('SlackFunctionName', { [TEST_ENV.slackOrigin]: slack.origin });
  await subscribeQueue();
}, 300_000);

afterAll(async () => {
  await deployment.destroy();
  slack.stop();
  snsProxy.close();
  for (const client of [lambda, sns, sqs]) client.destroy();
}, 300_000);

describe('the subscriptions of the topic', () => {
  it('have a dead-letter queue each', async () => {
    const TopicArn = await outputOf('AlertTopicArn');
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
  });
});

describe('workers that time out', () => {
  it('are told once, to everybody, while they do', async () => {
    const now = Date.now() - 2_000;
    const paths = Array.from({ length: 8 }, (_, index) => `/cart/${index}?token=verysecret`);
    const began = Date.now();
    await deliver(
      'gunicorn',
      paths.map((_, index) => timedOut(now, 50 + index)),
    );
    await deliver(
      'error',
      paths.map((path) => closed(now, path)),
    );
    await deliver(
      'access',
      paths.map((path) => access(now, path)),
    );
    const document = await documentOf('opened', 60_000);
    // The bucket that collects wake-ups takes up to 20 s.
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(document).toMatchObject({
      schema: 'badgateway/alert@1',
      service: 'shop',
      diagnosis: { cause: 'worker-timeout', confidence: 'confirmed', failures: 8 },
    });
    await slackPosts(1);
    expect(slack.posts[0]?.path).toBe(SECRET_PATH);
    const posted = JSON.stringify(slack.posts[0]?.payload);
    expect(posted).toContain('WORKER TIMEOUT');
    const [mail, ...more] = published;
    expect(more).toEqual([]);
    // As SNS wants it, and a machine reads it.
    expect(mail?.subject).toMatch(/^\[shop\] [\x20-\x7e]{10,90}$/);
    expect(mail?.bodies.default).toBe(JSON.stringify(document));
    const text = mail?.bodies.email ?? '';
    expect(text).toContain('8 ');
    expect(text).toContain('WORKER TIMEOUT');
    expect(text).toContain('web-1');
    expect(text).toContain(document.incident.id);
    expect([text, posted, JSON.stringify(document)].join('\n')).not.toContain('verysecret');
  }, 120_000);

  it('are over once it was quiet, though no logs come and the topic refuses it twice', async () => {
    refusals = 2;
    const opened = documents.find(({ transition }) => transition === 'opened');
    const document = await documentOf('resolved', 150_000);
    expect(document.incident.id).toBe(opened.incident.id);
    expect(refusals).toBe(0);
    await slackPosts(2);
    expect(published).toHaveLength(2);
    expect(documents.map(({ transition }) => transition)).toEqual(['opened', 'resolved']);
  }, 200_000);

  it('are posted to Slack once, also when SNS delivers a message again', async () => {
    const [first] = documents;
    const Sns = { MessageId: 'again', Subject: 'again', Message: JSON.stringify(first) };
    await invoke('SlackFunctionName', { Records: [{ EventSource: 'aws:sns', Sns }] });
    expect(slack.posts).toHaveLength(2);
  });
});
