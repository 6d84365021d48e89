/** What a cold start costs: whole processes, as ratios to a bare Node. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ENV, type ServiceContract } from '../../core/contract.ts';
import { BenchError, OUT } from '../corpus.ts';
import { interleave } from '../interleave.ts';
import { median, medianRatio } from '../median.ts';
import { say } from '../say.ts';
import { renderTable, threeDigits } from '../table.ts';
import type { Verdict } from '../verdict.ts';
import { eventOf } from './events.ts';
import { startStub } from './stub-endpoint.ts';

const LAMBDAS = join(import.meta.dirname, '..', '..', 'dist', 'lambdas');

/** The SDK clients that each function calls, for the bundle it is compared with. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  ingest: ['client-dynamodb', 'client-sqs'],
  evaluate: ['client-dynamodb', 'client-sqs'],
  subscribe: ['client-cloudwatch-logs', 'client-dynamodb'],
};

const MOST_READY = 1.5;
const MOST_FIRST = 3.2;
const MOST_INGEST_KB = 400;

const SERVICE: ServiceContract = {
  name: 'shop',
  roles: ['access', 'error', 'gunicorn'],
  formats: {},
  streams: [],
  gunicornVersion: null,
  workerClass: null,
  timeoutSeconds: null,
  unit: null,
};

type Script = { readonly name: string; readonly path: string };

/** Ready (loaded, no event yet) and done with a first event, for each built function. */
export async function measureColdStarts(payload: string, spawns: number): Promise<Verdict[]> {
  const stub = await startStub();
  try {
    const env = environmentOf(stub.url);
    const names = readdirSync(LAMBDAS)
      .filter((name) => name in CLIENTS)
      .sort();
    const scripts = [bare(), requestsAlone(), ...names.flatMap((name) => scriptsOf(name, payload))];
    const times = interleave(
      scripts.map(({ name, path }) => ({ name, run: () => timeNode(path, env) })),
      spawns,
    );
    return report(names, (name) => times.get(name) ?? [], spawns);
  } finally {
    stub.stop();
  }
}

function report(
  names: readonly string[],
  of: (name: string) => readonly number[],
  spawns: number,
): Verdict[] {
  const against = (name: string) => medianRatio(of(name), of('bare'));
  say(
    `\n### Cold start, whole processes, ${spawns} of each; bare Node ${median(of('bare')).toFixed(0)} ms\n\n`,
  );
  const rows = names.map((name) => [
    name,
    String(sizeKb(name)),
    ...['ready', 'first event', 'SDK clients alone'].map((what) =>
      threeDigits(against(`${name}: ${what}`)),
    ),
  ]);
  say(
    renderTable(
      ['function', 'kB', 'ready × bare', 'first event × bare', 'its SDK clients, eager × bare'],
      rows,
    ),
  );
  say(`\n${REQUESTS}, by the same clients: ${threeDigits(against(REQUESTS))} × bare\n`);
  return names.flatMap((name) => [
    { what: `${name}: ready × bare Node`, measured: against(`${name}: ready`), most: MOST_READY },
    {
      what: `${name}: first event × bare Node`,
      measured: against(`${name}: first event`),
      most: MOST_FIRST,
    },
    ...(name === 'ingest'
      ? [{ what: 'ingest: kB minified', measured: sizeKb(name), most: MOST_INGEST_KB }]
      : []),
  ]);
}

/** All files of a function's asset, 1,000 bytes each kB. */
function sizeKb(name: string): number {
  const directory = join(LAMBDAS, name);
  const bytes = readdirSync(directory).map((file) => statSync(join(directory, file)).size);
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1_000);
}

function bare(): Script {
  return write('bare', '');
}

/** The four requests that a first delivery makes, by the same clients and with nothing around them: the floor. */
function requestsAlone(): Script {
  const put = (name: string) =>
    `table.putItem({ TableName: 't', Item: { pk: { S: '${name}' }, sk: { S: 's' }, v: { S: 'v' }, ttl: { N: '1' } } })`;
  return write(
    REQUESTS,
    `const { dynamodbClient, sqsClient } = require(${JSON.stringify(join(LAMBDAS, 'ingest', 'late.cjs'))});
    const table = dynamodbClient();
    const message = { QueueUrl: process.env.${ENV.wakeQueueUrl}, MessageBody: '{}', MessageGroupId: 'g' };
    Promise.all([${put('batch')}, ${put('stream')}])
      .then(() => ${put('mark')})
      .then(() => sqsClient().sendMessage({ ...message, MessageDeduplicationId: 'd' }))
      .then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`,
  );
}

const REQUESTS = 'the requests of ingest alone';

function scriptsOf(name: string, payload: string): Script[] {
  const load = `const { handler } = require(${JSON.stringify(join(LAMBDAS, name, 'index.js'))});`;
  const event = JSON.stringify(eventOf(name, payload));
  const call = `handler(${event}).then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`;
  return [
    write(`${name}: ready`, `${load} process.exit(0);`),
    write(`${name}: first event`, `${load} ${call}`),
    clientsOf(name),
  ];
}

function clientsOf(name: string): Script {
  const path = join(OUT, `${name}-clients.cjs`);
  const imports = (CLIENTS[name] ?? []).map(
    (client) => `export * as ${client.replaceAll('-', '_')} from '@aws-sdk/${client}';`,
  );
  buildSync({
    stdin: { contents: imports.join('\n'), resolveDir: import.meta.dirname },
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  });
  return { name: `${name}: SDK clients alone`, path };
}

function write(name: string, source: string): Script {
  const path = join(OUT, `${name.replace(/[^a-z]+/g, '-')}.cjs`);
  writeFileSync(path, source);
  return { name, path };
}

function timeNode(path: string, env: Record<string, string>): number {
  const startedAt = performance.now();
  const done = spawnSync(process.execPath, [path], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ms = performance.now() - startedAt;
  if (done.status !== 0) throw new BenchError(`${path}: ${String(done.stderr).slice(0, 600)}`);
  return ms;
}

function environmentOf(endpoint: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [ENV.table]: 'table',
    [ENV.wakeQueueUrl]: `${endpoint}/queue.fifo`,
    [ENV.deployment]: 'bench',
    [ENV.services]: JSON.stringify([SERVICE]),
    [ENV.policy]: '{}',
    [ENV.alertTopicArn]: 'arn:aws:sns:eu-west-1:000000000000:alerts',
  };
}
