/**
 * The commands for a deployed stack: the built command line tool as people run it, against `cdk deploy` into the
 * emulator.
 *
 * MiniStack understands no filter patterns but words: the log group of the service is subscribed with an empty one, as
 * the log group for drills is everywhere. It takes e-mail addresses for confirmed, and it checks no permissions: what
 * is said of those that wait is tested with a topic of this test's own, what is said of denials in
 * `test/adapters/aws/open-deployment-error.test.ts`.
 */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamodbTable } from '../../adapters/aws/dynamodb-table.ts';
import { readAlive } from '../../core/incident/incident-store.ts';
import { drillSchema } from '../../core/schema/drill.ts';
import { Deployment } from './deployment.ts';
import { clientConfig } from './ministack.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'badgateway-commands';

const aws = inject('ministack');
const config = clientConfig(aws);
const lambda = new LambdaClient({ ...config, maxAttempts: 3 });
const logs = new CloudWatchLogsClient(config);
const sns = new SNSClient(config);
const sqs = new SQSClient(config);
const deployment = new Deployment(aws, NAME);
const directory = mkdtempSync(join(tmpdir(), 'badgateway-commands-'));
let queueUrl = '';
/** A topic that takes no message, and whose one subscriber has not confirmed. */
let topic: Server;
// biome-ignore lint/suspicious/noExplicitAny: it is what is tested
const documents: any[] = [];

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: directory,
  AWS_EC2_METADATA_DISABLED: 'true',
};
const CREDENTIALS = {
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: aws.region,
};

/** Runs the tool; what it prints goes to the test's output, too, to be read. */
function badgateway(
  args: readonly string[],
  environment: Record<string, string> = CREDENTIALS,
): Promise<Ended> {
  return new Promise((resolve) => {
    const tool = join(directory, 'dist/badgateway.cjs');
    const env = { ...ENVIRONMENT, ...environment };
    const options = { cwd: directory, env, encoding: 'utf8' } as const;
    execFile(process.execPath, [tool, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      process.stdout.write(`$ badgateway ${args.join(' ')}\n${stdout}${stderr}(${code})\n\n`);
      resolve({ code, stdout, stderr });
    });
  });
}

const REFUSED =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code></Error></ErrorResponse>';
/** As SNS lists one that waits (API reference, ListSubscriptionsByTopic); MiniStack confirms e-mails by itself. */
const PENDING =
  '<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>' +
  '<SubscriptionArn>PendingConfirmation</SubscriptionArn><Protocol>email</Protocol>' +
  '<Endpoint>ops@example.com</Endpoint></member></Subscriptions>' +
  '</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>';

function endpointOfTopic(): string {
  return `http://127.0.0.1:${(topic.address() as AddressInfo).port}`;
}

const ON_STACK = ['--stack', NAME];

function outputOf(name: string): string {
  return deployment.outputs()[name] ?? '';
}

async function subscribeQueue(): Promise<void> {
  const arn = `arn:aws:sqs:${aws.region}:000000000000:${NAME}-subscriber`;
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `${NAME}-subscriber` }),
  );
  queueUrl = QueueUrl;
  const TopicArn = outputOf('AlertTopicArn');
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }));
}

async function readQueue(): Promise<void> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
  );
  for (const { Body = '', ReceiptHandle } of Messages) {
    documents.push(JSON.parse(JSON.parse(Body).Message));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
}

/** The first document that fits; waits for it. */
async function documentOf(transition: string, service: string, withinMs: number) {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    await readQueue();
    const found = documents.find(
      (document) => document.transition === transition && document.service === service,
    );
    if (found) return found;
    await wait(250);
  }
  throw new Error(`nothing was ${transition} within ${withinMs} ms: ${JSON.stringify(documents)}`);
}

/** Sends the evaluate function's messages to another endpoint; `''`: to the emulator again. */
async function publishTo(endpoint: string): Promise<void> {
  const FunctionName = outputOf('EvaluateFunctionName');
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, AWS_ENDPOINT_URL_SNS: endpoint };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
  );
}

async function failRequests(count: number): Promise<void> {
  const stream = { logGroupName: '/shop/error', logStreamName: 'web-1' };
  await logs.send(new CreateLogStreamCommand(stream));
  const timestamp = Date.now();
  const at = new Date(timestamp).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const logEvents = Array.from({ length: count }, (_, index) => ({
    timestamp,
    message: `${at} [error] 70#70: *${index} upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.9, server: _, request: "GET /cart HTTP/1.1", upstream: "http://127.0.0.1:8000/cart", host: "shop"`,
  }));
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
}

const CONFIGURATION = `
services:
  - name: shop
    logs: { error: { name: /shop/error, create: true, pattern: "" } }
alerts:
  email: ops@example.com
  policy: { minFailures: 3, window: 1m }
`;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(directory, 'dist')]);
  expect(built.stderr.toString()).toBe('');
  topic = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const isList = Buffer.concat(chunks).includes('Action=ListSubscriptionsByTopic');
    response.writeHead(isList ? 200 : 403, { 'content-type': 'text/xml' });
    response.end(isList ? PENDING : REFUSED);
  });
  topic.listen(0, '127.0.0.1');
  await once(topic, 'listening');
  await deployment.bootstrap();
  await deployment.deploy(CONFIGURATION);
}, 300_000);

afterAll(async () => {
  await deployment.destroy();
  topic.close();
  rmSync(directory, { recursive: true, force: true });
  for (const client of [lambda, logs, sns, sqs]) client.destroy();
}, 300_000);

describe('a stack that cannot be used', () => {
  it.each<[string, readonly string[], Record<string, string>, string, string]>([
    [
      'is not there',
      ['--stack', 'nope'],
      CREDENTIALS,
      'there is no stack "nope" in us-east-1',
      NAME,
    ],
    [
      'is not ours',
      ['--stack', 'CDKToolkit'],
      CREDENTIALS,
      `stack "CDKToolkit" in us-east-1 is none of badgateway's`,
      NAME,
    ],
    ['is in no region', ON_STACK, {}, 'no AWS region is known', '--region'],
    [
      'is nobody allowed to use',
      [...ON_STACK, '--region', 'us-east-1'],
      {},
      'no AWS credentials that are taken',
      '--profile',
    ],
    [
      'does not answer',
      ON_STACK,
      { ...CREDENTIALS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      'no answer from http://127.0.0.1:9 (ECONNREFUSED)',
      'start the emulator',
    ],
  ])(
    'that %s is said so, with what to do',
    async (_, flags, environment, message, hint) => {
      for (const command of [['drill'], ['mute', '--list'], ['unmute', 'm-1']]) {
        const { code, stdout, stderr } = await badgateway([...command, ...flags], environment);
        expect(stderr).toContain(`badgateway: ${message}`);
        expect(stderr).toContain(hint);
        expect([code, stdout]).toEqual([2, '']);
      }
    },
    120_000,
  );
});

describe('drill', () => {
  it('takes every hop, and fails while nobody has confirmed', async () => {
    const environment = { ...CREDENTIALS, AWS_ENDPOINT_URL_SNS: endpointOfTopic() };
    const { code, stdout } = await badgateway(['drill', ...ON_STACK], environment);
    expect(stdout).toMatch(/\+ +\d+\.\d s {2}the topic has taken the message/);
    expect(stdout).toMatch(/pending +email +ops@example\.com/);
    expect(stdout).toContain('nobody gets alerts');
    expect(stdout).toContain('Subscription Confirmation');
    expect(code).toBe(1);
  });

  it('succeeds once somebody is subscribed, who gets the message as a test', async () => {
    await subscribeQueue();
    const { code, stdout } = await badgateway(['drill', ...ON_STACK, '--format', 'json']);
    const said = stdout
      .trim()
      .split('\n')
      .map((line) => drillSchema.parse(JSON.parse(line)));
    const result = said.find((one) => one.kind === 'result');
    expect(said.map((one) => (one.kind === 'hop' ? one.hop : one.kind))).toEqual([
      'accepted',
      'ingested',
      'counted',
      'decided',
      'published',
      'result',
    ]);
    expect(result).toMatchObject({ schema: 'badgateway/drill@1', ok: true, unread: [] });
    expect(code).toBe(0);
    const document = await documentOf('test', 'badgateway-drill', 10_000);
    expect(document.id).toBe(result?.alert);
    expect(document.incident.id).toContain(result?.id);
  });

  it('is counted for no service', async () => {
    const tableName = outputOf('TableName');
    const table = dynamodbTable({ tableName, clock: Date.now, config });
    expect((await readAlive(table, 'shop')).incidents).toEqual([]);
  });

  it('fails when the topic refuses, and says at which hop', async () => {
    await publishTo(endpointOfTopic());
    const { code, stdout } = await badgateway(['drill', ...ON_STACK, '--timeout', '30s']);
    await publishTo(aws.endpoint);
    expect(stdout).toContain('an incident was made of them');
    expect(stdout).toContain('after 30 s still not: the topic has taken the message');
    expect(stdout).toContain(`look for "not published" in log group /badgateway/${NAME}/evaluate`);
    expect(code).toBe(1);
  });
});

describe('mute', () => {
  it('knows the services and the causes', async () => {
    const more = ['--for', '1h', '--reason', 'migration', ...ON_STACK];
    const service = await badgateway(['mute', '--service', 'shp', ...more]);
    expect(service.stderr).toContain('unknown service "shp": use one of shop');
    const cause = await badgateway(['mute', '--cause', 'worker-timout', ...more]);
    expect(cause.stderr).toContain('did you mean worker-timeout?');
    expect([service.code, cause.code]).toEqual([2, 2]);
  });

  it('keeps an incident quiet that is recorded, until it is unmuted', async () => {
    const muted = await badgateway([
      ...['mute', '--service', 'shop', '--for', '1h', '--reason', 'migration'],
      ...ON_STACK,
    ]);
    expect(muted).toMatchObject({ code: 0, stderr: '' });
    const listed = await badgateway(['mute', '--list', ...ON_STACK, '--format', 'json']);
    expect(JSON.parse(listed.stdout).mutes).toMatchObject([
      { service: 'shop', cause: null, author: 'root', reason: 'migration', active: true },
    ]);
    await failRequests(5);
    const tableName = outputOf('TableName');
    const table = dynamodbTable({ tableName, clock: Date.now, config });
    let recorded = (await readAlive(table, 'shop')).incidents;
    for (let turn = 0; turn < 120 && recorded.length === 0; turn++) {
      await wait(500);
      recorded = (await readAlive(table, 'shop')).incidents;
    }
    expect(recorded.map(({ incident }) => incident)).toMatchObject([
      { cause: 'upstream-read-timeout', failures: 5, status: 'open', told: null },
    ]);
    expect(recorded[0]?.incident.mutedBy).toContain('root: migration');
    await wait(5_000);
    await readQueue();
    expect(documents.filter(({ service }) => service === 'shop')).toEqual([]);
    const unmuted = await badgateway(['unmute', '--service', 'shop', ...ON_STACK]);
    expect(unmuted).toMatchObject({ code: 0, stderr: '' });
    const document = await documentOf('opened', 'shop', 150_000);
    expect(document.incident.failures).toBe(5);
    expect((await badgateway(['mute', '--list', ...ON_STACK])).stdout).toBe('Nothing is muted.\n');
  }, 300_000);
});
