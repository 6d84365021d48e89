import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dynamodbTable } from '../../../adapters/aws/dynamodb-table.ts';
import type { AwsConnection } from '../../../adapters/aws/json-client.ts';
import { MAX_BODY_BYTES, type Row } from '../../../core/table.ts';
import { TableError } from '../../../core/table-error.ts';

/** What the service answers to one request: JSON, an error, or nothing: the connection breaks, or is left open. */
type Answer =
  | { readonly json: unknown }
  | { readonly error: string; readonly status?: number; readonly message?: string }
  | 'breaks'
  | 'hangs';

type Request = { readonly action: string; readonly input: Record<string, unknown> };

/** DynamoDB as far as these tests need it: answers in order, the last one for ever. */
let answers: Answer[];
let requests: Request[];
let server: Server;
let endpoint: string;

beforeEach(async () => {
  answers = [{ json: {} }];
  requests = [];
  server = createServer(async (request, response) => {
    const answer = await answerTo(request);
    if (answer === 'hangs') return;
    if (answer === 'breaks') return void request.socket.destroy();
    response.setHeader('x-amzn-requestid', 'R1');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if ('json' in answer) return void response.end(JSON.stringify(answer.json));
    response.statusCode = answer.status ?? 400;
    const message = answer.message ?? 'no details';
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb#${answer.error}`, message }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  vi.unstubAllEnvs();
});

async function answerTo(request: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  requests.push({ action, input: JSON.parse(Buffer.concat(chunks).toString()) });
  return (answers.length > 1 ? answers.shift() : answers[0]) ?? 'breaks';
}

const NOW_MS = 1_000_000_500;
const row: Row = { partition: 'P', sort: 'a', body: '{}', version: 'v1', expiresAt: 2_000_000_000 };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

function tableOf(config: AwsConnection = {}) {
  return dynamodbTable({
    tableName: 'history',
    clock: () => NOW_MS,
    config: { region: 'us-east-1', endpoint, credentials, ...config },
  });
}

function itemOf(part: Partial<Row> & { b?: AttributeValue } = {}) {
  const { partition, sort, version, body, expiresAt, b } = { ...row, ...part };
  const ttl = { N: String(expiresAt / 1_000) };
  return { pk: { S: partition }, sk: { S: sort }, v: { S: version }, b: b ?? { S: body }, ttl };
}

/** The error of a promise that must fail, with all that printing it would show. */
async function errorOf(promise: Promise<unknown>): Promise<TableError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TableError);
  return error as TableError;
}

const actions = () => requests.map(({ action }) => action);

describe('errors of DynamoDB', () => {
  test.each([
    ['ProvisionedThroughputExceededException', 'TableThrottled', true],
    ['ThrottlingException', 'TableThrottled', true],
    ['RequestLimitExceeded', 'TableThrottled', true],
  ])('%s is tried again and then %s', async (error, code, isTemporary) => {
    answers = [{ error }];
    const thrown = await errorOf(tableOf({ maxAttempts: 2 }).put(row));
    expect(thrown).toMatchObject({ code, isTemporary });
    expect(thrown.message).toBe(
      `dynamodb:PutItem on table "history" was throttled (${error}, request R1)`,
    );
    expect(requests).toHaveLength(2);
  });

  test('a failure that passes is not seen', async () => {
    answers = [{ error: 'ThrottlingException' }, { error: 'InternalServerError', status: 500 }];
    answers.push('breaks', { json: { Item: itemOf() } });
    expect(await tableOf().get(row)).toEqual(row);
    expect(requests).toHaveLength(4);
  });

  test.each([
    ['ResourceNotFoundException', 'TableMissing'],
    ['UnrecognizedClientException', 'TableDenied'],
    ['ValidationException', 'TableRefused'],
    ['ItemCollectionSizeLimitExceededException', 'TableRefused'],
  ])('%s is %s at once', async (error, code) => {
    answers = [{ error }];
    const thrown = await errorOf(tableOf().query({ partition: 'P', from: 'a', to: 'b' }));
    expect(thrown).toMatchObject({ code, isTemporary: false });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ['PutItem', (table: ReturnType<typeof tableOf>) => table.putIf(row, null)],
    ['GetItem', (table: ReturnType<typeof tableOf>) => table.get(row)],
    [
      'Query',
      (table: ReturnType<typeof tableOf>) => table.query({ partition: 'P', from: '', to: 'b' }),
    ],
    ['DeleteItem', (table: ReturnType<typeof tableOf>) => table.deleteIf(row, '1')],
  ])('a denied %s names the action to allow', async (action, request) => {
    answers = [{ error: 'AccessDeniedException' }];
    const thrown = await errorOf(request(tableOf()));
    expect(thrown.code).toBe('TableDenied');
    expect(thrown.hint).toBe(`allow dynamodb:${action} on the table to the role in use`);
  });

  test('a 5xx answer with an unknown name is TableUnavailable', async () => {
    answers = [{ error: 'SomethingNew', status: 503 }];
    const thrown = await errorOf(tableOf({ maxAttempts: 1 }).get(row));
    expect(thrown).toMatchObject({ code: 'TableUnavailable', isTemporary: true });
  });

  test.each(['PutItem', 'GetItem'] as const)(
    'no word of a row is in the error of %s',
    async (action) => {
      const secret = { ...row, body: 'secret' };
      answers = [{ error: 'ValidationException', message: 'cannot take "secret"' }];
      const table = tableOf();
      const thrown = await errorOf(action === 'PutItem' ? table.put(secret) : table.get(secret));
      expect(JSON.stringify([thrown, thrown.message, thrown.stack, thrown.cause])).not.toContain(
        'secret',
      );
    },
  );

  test('a connection that breaks four times is TableUnavailable', async () => {
    answers = ['breaks'];
    const thrown = await errorOf(tableOf().get(row));
    expect(thrown).toMatchObject({ code: 'TableUnavailable', isTemporary: true });
    expect(thrown.message).toContain('(ECONNRESET)');
    expect(requests).toHaveLength(4);
  });

  test('no connection is TableUnavailable', async () => {
    server.close();
    const thrown = await errorOf(tableOf().get(row));
    expect(thrown).toMatchObject({ code: 'TableUnavailable' });
    expect(thrown.message).toContain('(ECONNREFUSED)');
  });

  test('a request that gets no answer ends after three seconds', async () => {
    answers = ['hangs'];
    const begin = performance.now();
    const thrown = await errorOf(tableOf({ maxAttempts: 1 }).get(row));
    expect(thrown).toMatchObject({ code: 'TableUnavailable' });
    expect(performance.now() - begin).toBeLessThan(6_000);
  });

  test('no region and no credentials are told apart from the table', async () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const lost = dynamodbTable({ tableName: 'history', clock: () => NOW_MS });
    expect(await errorOf(lost.get(row))).toMatchObject({
      code: 'TableRefused',
      hint: 'set AWS_REGION to the region of the stack',
    });
    const config = { region: 'us-east-1', endpoint };
    const anonymous = dynamodbTable({ tableName: 'history', clock: () => NOW_MS, config });
    expect(await errorOf(anonymous.get(row))).toMatchObject({
      code: 'TableDenied',
      hint: 'log in to AWS again, or look at the credentials in use',
    });
  });
});

describe('a conditional write', () => {
  const refused: Answer = { error: 'ConditionalCheckFailedException' };

  test('that is refused at once was not written, and asks nothing more', async () => {
    answers = [refused];
    expect(await tableOf().putIf(row, 'v0')).toBe(false);
    expect(actions()).toEqual(['PutItem']);
  });

  test('that is refused after a lost reply was written, when its version is there', async () => {
    answers = ['breaks', refused, { json: { Item: itemOf() } }];
    expect(await tableOf().putIf(row, 'v0')).toBe(true);
    expect(actions()).toEqual(['PutItem', 'PutItem', 'GetItem']);
  });

  test('that is refused after a lost reply was not written, when another version is there', async () => {
    answers = ['breaks', refused, { json: { Item: itemOf({ version: 'v2' }) } }];
    expect(await tableOf().putIf(row, 'v0')).toBe(false);
  });

  test('takes expired rows for none', async () => {
    await tableOf().putIf(row, null);
    await tableOf().deleteIf(row, 'v0');
    const [put, remove] = requests.map(({ input }) => input);
    expect(put).toMatchObject({
      ConditionExpression: 'attribute_not_exists(#pk) OR #ttl <= :now',
      ExpressionAttributeValues: { ':now': { N: '1000000' } },
    });
    expect(remove).toMatchObject({ ConditionExpression: '#v = :v AND #ttl > :now' });
  });
});

describe('items', () => {
  test('hold a body as text, or deflated where that is shorter', async () => {
    const body = JSON.stringify({ uri: '/a'.repeat(1_000) });
    await tableOf().put(row);
    await tableOf().put({ ...row, body });
    const [plain, deflated] = requests.map(({ input }) => input.Item);
    expect(plain).toEqual(itemOf());
    expect(deflated).toEqual(
      itemOf({ b: { B: deflateRawSync(body).toString('base64') as never } }),
    );
  });

  test.each([
    ['no body', { b: undefined }],
    ['a body that is no text', { b: { N: '1' } }],
    ['a body that is not deflated', { b: { B: Buffer.from('{}').toString('base64') } }],
    [
      'a body that inflates to more than a row may have',
      { b: { B: deflateRawSync(Buffer.alloc(MAX_BODY_BYTES + 1)).toString('base64') } },
    ],
    ['no version', { v: undefined }],
    ['an expiry that is no number', { ttl: { S: 'soon' } }],
  ])('with %s are unreadable', async (_, part) => {
    answers = [{ json: { Item: { ...itemOf(), ...part } } }];
    expect(await errorOf(tableOf().get(row))).toMatchObject({
      code: 'RowUnreadable',
      message: 'item "P / a" is no row of badgateway',
    });
  });
});

describe('query', () => {
  const page = (sorts: string[], isLast: boolean, expiresAt = row.expiresAt) => ({
    json: {
      Items: sorts.map((sort) => itemOf({ sort, expiresAt })),
      ...(isLast ? {} : { LastEvaluatedKey: { pk: { S: 'P' }, sk: { S: sorts.at(-1) ?? '0' } } }),
    },
  });
  const range = { partition: 'P', from: 'a', to: 'z' };

  test('reads on until there is no more, over empty pages too', async () => {
    answers = [page(['a', 'b'], false), page([], false), page(['c'], true)];
    const rows = await tableOf().query(range);
    expect(rows.map(({ sort }) => sort)).toEqual(['a', 'b', 'c']);
    expect(requests.map(({ input }) => input.ExclusiveStartKey)).toEqual([
      undefined,
      { pk: { S: 'P' }, sk: { S: 'b' } },
      { pk: { S: 'P' }, sk: { S: '0' } },
    ]);
    expect(requests.every(({ input }) => input.ConsistentRead === true)).toBe(true);
  });

  test('reads no page more than a limit needs', async () => {
    answers = [page(['a', 'b'], false)];
    expect(await tableOf().query({ ...range, limit: 2 })).toHaveLength(2);
    expect(requests.map(({ input }) => input.Limit)).toEqual([2]);
  });

  test('reads larger pages after one with expired rows', async () => {
    answers = [page(['a'], false, 1_000_000_000), page(['b', 'c'], false)];
    const rows = await tableOf().query({ ...range, limit: 1 });
    expect(rows.map(({ sort }) => sort)).toEqual(['b']);
    expect(requests.map(({ input }) => input.Limit)).toEqual([1, 50]);
  });

  test.each([
    ['of no rows', { ...range, limit: 0 }],
    ['that ends before it begins', { partition: 'P', from: 'b', to: 'a' }],
    ['that ends with the empty key', { partition: 'P', from: '', to: '' }],
  ])('asks nothing for a range %s', async (_, empty) => {
    expect(await tableOf().query(empty)).toEqual([]);
    expect(requests).toEqual([]);
  });
});

test('no part of the SDK is loaded before the first request', async () => {
  const module = new URL('../../../adapters/aws/dynamodb-table.ts', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    const { cache } = createRequire(${JSON.stringify(module)});
    const isLoaded = () => Object.keys(cache).some((path) => path.includes('@smithy'));
    const { dynamodbTable } = await import(${JSON.stringify(module)});
    const config = { region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1 };
    const table = dynamodbTable({ tableName: 'history', clock: () => 0, config });
    const before = isLoaded();
    await table.get({ partition: 'P', sort: 'a' }).catch(() => {});
    process.stdout.write(JSON.stringify([before, isLoaded()]));`;
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env,
  });
  expect(JSON.parse(stdout)).toEqual([false, true]);
});
