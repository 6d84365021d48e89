/**
 * The deployed pipeline: `cdk deploy` into the emulator, logs through it, and the table.
 *
 * MiniStack matches filter patterns only by the words in them, so the groups here have the pattern that passes
 * everything; what the default patterns pass is tested with an evaluator of their grammar (test/filter-patterns). It
 * gives each delivery event ids of its own, so that repeated deliveries are made by invoking the function.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeSubscriptionFiltersCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dynamodbTable } from '../../adapters/aws/dynamodb-table.ts';
import { diagnoseFiles } from '../../adapters/local/diagnose-files.ts';
import { filterNameOf } from '../../core/contract.ts';
import { isMarked } from '../../core/evaluate/evaluate-service.ts';
import { streamRange } from '../../core/records/keys.ts';
import type { Table } from '../../core/table.ts';
import { formatKeyOf } from '../../lib/service-contract.ts';
import { optionsOfArguments } from '../lab-arguments.ts';
import { type Delivery, payloadOf, split } from '../pipeline/deliveries.ts';
import { readTruth, type ShippedLog, scenarioLogs } from '../pipeline/scenario-logs.ts';
import { storedVerdicts, type Verdict, verdictsOf } from '../pipeline/verdicts.ts';
import { Deployment } from './deployment.ts';
import { clientConfig } from './ministack.ts';

const LAB = join(import.meta.dirname, '..', 'fixtures', 'lab');
const SCENARIOS = readdirSync(LAB).filter((name) => existsSync(join(LAB, name, 'truth.json')));
const DAY_MS = 86_400_000;
const NAME = 'badgateway-e2e';

const aws = inject('ministack');
const config = clientConfig(aws);
const lambda = new LambdaClient({ ...config, maxAttempts: 3 });
const logs = new CloudWatchLogsClient(config);
const sqs = new SQSClient(config);
const deployment = new Deployment(aws, NAME);
let table: Table;

/** Logs of these come by PutLogEvents; of all others by invoking the function as CloudWatch does. */
const SHIPPED: Readonly<Record<string, string>> = {
  timeouts: 'worker-timeout-sync-23.0.0',
  refused: 'stopped-tcp',
  memory: 'worker-oom-syslog',
  hosts: 'two-hosts-two-causes',
  retried: 'retried-dead-peer',
  healthy: 'healthy-combined',
};
/** Its groups are there before the stack, which only knows their names. */
const FOUND = 'refused';
/** Its groups come after the stack. */
const LATE = 'memory';

type Scenario = {
  readonly service: string;
  readonly name: string;
  readonly logs: readonly ShippedLog[];
  readonly wanted: readonly Verdict[];
  readonly fromMs: number;
};

const scenarios = new Map<string, Scenario>();

async function readScenario(service: string, name: string): Promise<void> {
  const truth = readTruth(name);
  const { report } = await diagnoseFiles(optionsOfArguments(truth, join(LAB, name)));
  const wanted = verdictsOf(report);
  const fromMs = Date.parse(truth.window.from);
  scenarios.set(service, { service, name, logs: await scenarioLogs(name), wanted, fromMs });
}

function scenarioOf(service: string): Scenario {
  const scenario = scenarios.get(service);
  if (!scenario) throw new Error(`no scenario of the service ${service}`);
  return scenario;
}

/** One service for each scenario; of those whose logs are not shipped, the groups whose format must be known. */
function configuration(): string {
  const services = [...scenarios.values()].map(({ service, logs: all }) => {
    const byRole = new Map<string, Set<string>>();
    const named = all.filter(({ role }) => service in SHIPPED || role === 'access');
    for (const log of named.length > 0 ? named : all.slice(0, 1)) {
      const groups = byRole.get(log.role) ?? new Set();
      byRole.set(log.role, groups.add(groupText(service, log)));
    }
    const roles = [...byRole].map(
      ([role, groups]) => `      ${role}: [${[...groups].join(', ')}]\n`,
    );
    return `  - name: ${service}\n    logs:\n${roles.join('')}`;
  });
  return `services:\n${services.join('')}alerts: { email: ops@example.com }\n`;
}

function groupText(service: string, log: ShippedLog): string {
  const isMade = service in SHIPPED && service !== FOUND && service !== LATE;
  return [
    `{ name: ${groupOf(service, log)}, pattern: ""`,
    isMade ? ', create: true' : '',
    log.formatText === null ? ' }' : `, format: ${JSON.stringify(log.formatText)} }`,
  ].join('');
}

function groupOf(service: string, log: ShippedLog): string {
  return `/${service}${log.group}`;
}

async function makeGroups(service: string): Promise<void> {
  const names = new Set(scenarioOf(service).logs.map((log) => groupOf(service, log)));
  for (const logGroupName of names) await logs.send(new CreateLogGroupCommand({ logGroupName }));
}

async function ship(service: string, log: ShippedLog): Promise<void> {
  const place = { logGroupName: groupOf(service, log), logStreamName: log.stream };
  await logs.send(new CreateLogStreamCommand(place));
  const logEvents = log.events
    .filter(isText)
    .map(({ timestamp, message }) => ({ timestamp, message }));
  await logs.send(new PutLogEventsCommand({ ...place, logEvents }));
}

async function invokeIngest(payload: unknown, kind: 'Event' | 'RequestResponse') {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: deployment.outputs().IngestFunctionName,
      InvocationType: kind,
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  );
  return { error: FunctionError, answer: Buffer.from(Payload ?? []).toString() };
}

function eventOf(service: string, delivery: Delivery): unknown {
  return { awslogs: { data: payloadOf(delivery, filterOf(service, delivery.log)) } };
}

function filterOf(service: string, { role, formatText }: ShippedLog): string {
  const format = role === 'access' ? formatKeyOf(formatText) : '-';
  return filterNameOf({ deployment: NAME, service, role, format });
}

async function deliver(service: string, delivery: Delivery): Promise<void> {
  const { error, answer } = await invokeIngest(eventOf(service, delivery), 'RequestResponse');
  expect(error, answer).toBeUndefined();
}

/** Until nothing of the service is marked any more. */
async function settled(service: string): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if (!(await isMarked(table, service))) return;
    await wait(250);
  }
  throw new Error(`${service} is not counted within two and a half minutes`);
}

/** Until each log of the service was heard, and everything of it is counted. */
async function heard(service: string): Promise<void> {
  const wanted = scenarioOf(service).logs.filter(({ events }) => events.some(isText)).length;
  for (let turn = 0; turn < 240; turn++) {
    const streams = await table.query(streamRange(service));
    if (streams.length >= wanted) return settled(service);
    await wait(250);
  }
  throw new Error(`not all logs of ${service} were delivered within a minute`);
}

function isText({ message }: { readonly message: string }): boolean {
  return message !== '';
}

function verdictsOfService(service: string): Promise<Verdict[]> {
  const { fromMs } = scenarioOf(service);
  return storedVerdicts(table, fromMs - DAY_MS, fromMs + DAY_MS, service);
}

/** What the schedule invokes every five minutes, for the groups of one service. */
async function refresh(service: string): Promise<void> {
  const groups = scenarioOf(service).logs.map((log) => ({
    name: groupOf(service, log),
    filterName: filterOf(service, log),
    filterPattern: '',
    requestMetric: null,
  }));
  const { IngestFunctionName, SubscribeFunctionName } = deployment.outputs();
  const destinationArn = `arn:aws:lambda:${aws.region}:000000000000:function:${IngestFunctionName}`;
  const request = { deployment: NAME, destinationArn, groups, watched: [] };
  const { FunctionError } = await lambda.send(
    new InvokeCommand({
      FunctionName: SubscribeFunctionName,
      Payload: Buffer.from(JSON.stringify({ kind: 'refresh', request })),
    }),
  );
  expect(FunctionError).toBeUndefined();
}

/** What of this deployment is still there. */
async function remains() {
  const named = (names: readonly (string | undefined)[] = []) =>
    names.filter((name) => name?.includes(NAME)).length;
  const dynamodb = new DynamoDBClient(config);
  const sns = new SNSClient(config);
  const [{ TableNames }, { Functions }, { QueueUrls }, { Topics }, { logGroups }] =
    await Promise.all([
      dynamodb.send(new ListTablesCommand({})),
      lambda.send(new ListFunctionsCommand({})),
      sqs.send(new ListQueuesCommand({})),
      sns.send(new ListTopicsCommand({})),
      logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/badgateway/' })),
    ]);
  return {
    tables: named(TableNames),
    functions: named(Functions?.map(({ FunctionName }) => FunctionName)),
    queues: named(QueueUrls),
    topics: named(Topics?.map(({ TopicArn }) => TopicArn)),
    ownGroups: named(logGroups?.map(({ logGroupName }) => logGroupName)),
  };
}

/** Waits for a message in a queue; `null` after a while without one. */
async function receive(QueueUrl = ''): Promise<string | null> {
  for (let turn = 0; turn < 30; turn++) {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }),
    );
    const message = Messages?.[0];
    if (message?.Body === undefined) continue;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return message.Body;
  }
  return null;
}

beforeAll(async () => {
  for (const [service, name] of Object.entries(SHIPPED)) await readScenario(service, name);
  const others = SCENARIOS.filter((name) => !Object.values(SHIPPED).includes(name));
  for (const [index, name] of others.entries()) await readScenario(`lab-${index}`, name);
  await deployment.bootstrap();
  await makeGroups(FOUND);
  await deployment.deploy(configuration());
  table = dynamodbTable({
    tableName: deployment.outputs().TableName ?? '',
    clock: Date.now,
    config,
  });
}, 600_000);

afterAll(async () => {
  for (const client of [lambda, logs, sqs]) client.destroy();
});

describe('the deployed stack', () => {
  it('is left alone by a second deployment', async () => {
    expect(await deployment.deploy(configuration())).toContain('(no changes)');
  }, 300_000);

  it('has subscribed the groups it made and those it found', async () => {
    for (const service of [FOUND, 'timeouts']) {
      for (const log of scenarioOf(service).logs) {
        const logGroupName = groupOf(service, log);
        const { subscriptionFilters = [] } = await logs.send(
          new DescribeSubscriptionFiltersCommand({ logGroupName }),
        );
        const names = subscriptionFilters.map(({ filterName }) => filterName);
        expect(names).toEqual([filterOf(service, log)]);
      }
    }
  });
});

describe('logs put into log groups', () => {
  it.each(Object.keys(SHIPPED).filter((service) => service !== LATE))(
    '%s: come to the verdicts of diagnose',
    async (service) => {
      const scenario = scenarioOf(service);
      for (const log of scenario.logs) await ship(service, log);
      await heard(service);
      expect(await verdictsOfService(service)).toEqual(scenario.wanted);
    },
    180_000,
  );
});

describe('a log group that is made after the stack', () => {
  it('is subscribed by the next refresh, and delivers', async () => {
    const scenario = scenarioOf(LATE);
    await makeGroups(LATE);
    await refresh(LATE);
    for (const log of scenario.logs) await ship(LATE, log);
    await heard(LATE);
    expect(await verdictsOfService(LATE)).toEqual(scenario.wanted);
  }, 180_000);
});

describe('deliveries of every recorded scenario', () => {
  it('come to the verdicts of diagnose, delivered twice and split in two ways', async () => {
    const others = [...scenarios.values()].filter(({ service }) => !(service in SHIPPED));
    for (const { service, logs: all } of others) {
      const deliveries = all.flatMap((log) => [...split(log, [700]), ...split(log, [150, 60])]);
      for (const delivery of deliveries) await deliver(service, delivery);
    }
    const wrong: unknown[] = [];
    for (const { service, name, wanted } of others) {
      await settled(service);
      const found = await verdictsOfService(service);
      if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push({ name, found, wanted });
    }
    expect(wrong).toEqual([]);
    expect(others.length).toBeGreaterThan(100);
  }, 600_000);
});

describe('what cannot be taken in', () => {
  // MiniStack's CloudFormation leaves the function's DeadLetterConfig out (test/lib holds the template to it), and
  // puts the event into an envelope, as Lambda does for a failure destination.
  beforeAll(async () => {
    const queueName = deployment.outputs().IngestDeadLetterQueueUrl?.split('/').at(-1);
    const TargetArn = `arn:aws:sqs:${aws.region}:000000000000:${queueName}`;
    const FunctionName = deployment.outputs().IngestFunctionName;
    await lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn } }),
    );
  });

  const inDeadLetters = async (event: unknown) => {
    await invokeIngest(event, 'Event');
    const body = JSON.parse((await receive(deployment.outputs().IngestDeadLetterQueueUrl)) ?? '{}');
    expect(body.requestPayload ?? body).toEqual(event);
  };

  it.each([
    ['an event of something else', { Records: [{ s3: {} }] }],
    ['data that is no gzip', { awslogs: { data: 'bm8gZ3ppcA==' } }],
    ['a gzip bomb', { awslogs: { data: gzipSync(Buffer.alloc(300 << 20)).toString('base64') } }],
  ])(
    '%s ends in the dead-letter queue with its payload',
    async (_, event) => {
      await inDeadLetters(event);
    },
    120_000,
  );

  it('a delivery of an unknown log group ends in the dead-letter queue with its payload', async () => {
    const [log] = scenarioOf('timeouts').logs;
    if (!log) throw new Error('no log');
    await inDeadLetters(eventOf('nobody', { log, events: log.events.slice(0, 3) }));
  }, 120_000);
});

describe('destroying the stack', () => {
  it('leaves the table and the log groups it made, and nothing else', async () => {
    await deployment.destroy();
    const left = await remains();
    expect(left).toEqual({ tables: 1, functions: 0, queues: 0, topics: 0, ownGroups: 0 });
  }, 300_000);
});
