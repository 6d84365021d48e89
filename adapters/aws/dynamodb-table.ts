import type { PutItemInput, QueryInput, QueryOutput } from '@aws-sdk/client-dynamodb';
import { TABLE_ATTRIBUTES as A } from '../../core/contract.ts';
import {
  checkKey,
  checkRange,
  checkRow,
  compareKeys,
  type KeyRange,
  type Row,
  type RowKey,
  type Table,
} from '../../core/table.ts';
import type { DynamodbClient } from './dynamodb-client.ts';
import { dynamodbError } from './dynamodb-error.ts';
import { itemOf, keyItem, rowOf } from './dynamodb-item.ts';
import type { AwsConnection } from './json-client.ts';

export type DynamodbTableOptions = {
  readonly tableName: string;
  /** Epoch milliseconds; of expiry. */
  readonly clock: () => number;
  /** Beside what the environment says: an endpoint, a region, credentials. */
  readonly config?: AwsConnection;
};

type Context = {
  readonly tableName: string;
  readonly clock: () => number;
  /** Makes one request; what it throws is a `TableError`, or a bug. */
  send<T>(action: string, request: (client: DynamodbClient) => Promise<T>): Promise<T>;
};

/** A `ttl` of DynamoDB is a reserved word, hence the `#` names. */
const TTL_NAME = { '#ttl': A.expires };
const VERSION_NAME = { '#v': A.version };

/** Rows asked for at least when a first page of a limited query had expired ones in it. */
const LATER_PAGE_ROWS = 50;

/**
 * A table in DynamoDB: `Row`s as items with the attributes of `TABLE_ATTRIBUTES`. Needs `dynamodb:PutItem`,
 * `GetItem`, `Query` and `DeleteItem`. Expired items stay for days (DynamoDB developer guide, Time to Live), so that
 * every method passes over them itself. Makes no client before the first request.
 */
export function dynamodbTable(options: DynamodbTableOptions): Table {
  const context = contextOf(options);
  const { tableName: TableName, send } = context;
  return {
    async put(row) {
      checkRow(row);
      const Item = itemOf(row);
      await send('PutItem', (client) => client.putItem({ TableName, Item }));
    },
    async putIf(row, version) {
      checkRow(row);
      const input = { TableName, Item: itemOf(row), ...putCondition(version, context.clock()) };
      return putIf(context, row, input);
    },
    async get(key) {
      checkKey(key);
      return get(context, key);
    },
    async query(range) {
      checkRange(range);
      return query(context, range);
    },
    async deleteIf(key, version) {
      checkKey(key);
      return deleteIf(context, key, version);
    },
  };
}

function contextOf({ tableName, clock, config }: DynamodbTableOptions): Context {
  let connecting: Promise<DynamodbClient> | null = null;
  const connect = async () => {
    const { dynamodbClient } = await import('./dynamodb-client.ts');
    return dynamodbClient(config);
  };
  return {
    tableName,
    clock,
    async send(action, request) {
      try {
        connecting ??= connect();
        return await request(await connecting);
      } catch (error) {
        throw isConditionFailed(error) ? error : dynamodbError(error, { action, tableName });
      }
    },
  };
}

function isConditionFailed(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** More than one attempt was made: the client repeats a request whose reply it did not get. */
function wasRepeated(error: Error & { $metadata?: { attempts?: number } }): boolean {
  return (error.$metadata?.attempts ?? 1) > 1;
}

type Condition = Pick<
  PutItemInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

function putCondition(version: string | null, nowMs: number): Condition {
  if (version !== null) return versionCondition(version, nowMs);
  return {
    ConditionExpression: 'attribute_not_exists(#pk) OR #ttl <= :now',
    ExpressionAttributeNames: { '#pk': A.partition, ...TTL_NAME },
    ExpressionAttributeValues: { ':now': { N: secondsOf(nowMs) } },
  };
}

function versionCondition(version: string, nowMs: number): Condition {
  return {
    ConditionExpression: '#v = :v AND #ttl > :now',
    ExpressionAttributeNames: { ...VERSION_NAME, ...TTL_NAME },
    ExpressionAttributeValues: { ':v': { S: version }, ':now': { N: secondsOf(nowMs) } },
  };
}

/** The second that `nowMs` is in: a row that expires with a later one is still there. */
function secondsOf(nowMs: number): string {
  return String(Math.floor(nowMs / 1_000));
}

async function putIf(context: Context, row: Row, input: PutItemInput): Promise<boolean> {
  try {
    await context.send('PutItem', (client) => client.putItem(input));
    return true;
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
    // A repeated request can be refused because the first one was carried out: versions tell.
    return wasRepeated(error) && (await get(context, row))?.version === row.version;
  }
}

async function get(context: Context, key: RowKey): Promise<Row | null> {
  const input = { TableName: context.tableName, Key: keyItem(key), ConsistentRead: true };
  const { Item } = await context.send('GetItem', (client) => client.getItem(input));
  const row = Item === undefined ? null : rowOf(Item);
  return row !== null && row.expiresAt > context.clock() ? row : null;
}

async function deleteIf(context: Context, key: RowKey, version: string): Promise<boolean> {
  const condition = versionCondition(version, context.clock());
  const input = { TableName: context.tableName, Key: keyItem(key), ...condition };
  try {
    await context.send('DeleteItem', (client) => client.deleteItem(input));
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

async function query(context: Context, range: KeyRange): Promise<readonly Row[]> {
  const limit = range.limit ?? Number.POSITIVE_INFINITY;
  const rows: Row[] = [];
  // DynamoDB takes neither a BETWEEN of nothing nor an empty key for one.
  if (limit < 1 || range.to === '' || compareKeys(range.from, range.to) > 0) return rows;
  const nowMs = context.clock();
  const input = queryInput(context.tableName, range);
  let after: QueryOutput['LastEvaluatedKey'];
  let atLeast = 1;
  do {
    const page = { ...input, ...pageOf(Math.max(limit - rows.length, atLeast), after) };
    const reply = await context.send('Query', (client) => client.query(page));
    for (const item of reply.Items ?? []) {
      const row = rowOf(item);
      if (row.expiresAt > nowMs) rows.push(row);
    }
    after = reply.LastEvaluatedKey;
    atLeast = LATER_PAGE_ROWS;
  } while (after !== undefined && rows.length < limit);
  return rows.length > limit ? rows.slice(0, limit) : rows;
}

function queryInput(TableName: string, range: KeyRange): QueryInput {
  const isFromStart = range.from === '';
  const sort = isFromStart ? '#sk <= :to' : '#sk BETWEEN :from AND :to';
  return {
    TableName,
    KeyConditionExpression: `#pk = :pk AND ${sort}`,
    ExpressionAttributeNames: { '#pk': A.partition, '#sk': A.sort },
    ExpressionAttributeValues: {
      ':pk': { S: range.partition },
      ...(isFromStart ? {} : { ':from': { S: range.from } }),
      ':to': { S: range.to },
    },
    ConsistentRead: true,
    ScanIndexForward: range.isDescending !== true,
  };
}

function pageOf(rows: number, after: QueryOutput['LastEvaluatedKey']): Partial<QueryInput> {
  return {
    ...(Number.isFinite(rows) ? { Limit: rows } : {}),
    ...(after === undefined ? {} : { ExclusiveStartKey: after }),
  };
}
