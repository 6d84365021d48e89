import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, inject, test } from 'vitest';
import { dynamodbTable } from '../../adapters/aws/dynamodb-table.ts';
import { TABLE_ATTRIBUTES } from '../../core/contract.ts';
import { describeTable, type OpenTable } from '../contract/table.ts';
import { clientConfig } from './ministack.ts';

const config = clientConfig(inject('ministack'));
const admin = new DynamoDBClient(config);

/**
 * MiniStack keeps DynamoDB's rules that the table depends on: order by UTF-8 bytes, pages of 1 MB, conditions one after
 * another, items of 400 KB and keys of 2,048 and 1,024 bytes at the most, no empty key and no BETWEEN of nothing. It
 * never throttles, loses no reply, and all its reads are consistent: see test/adapters/aws/dynamodb-table.test.ts.
 */
async function makeTable(clock: () => number): Promise<OpenTable> {
  const TableName = `contract-${randomUUID()}`;
  const { partition, sort } = TABLE_ATTRIBUTES;
  await admin.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: partition, AttributeType: 'S' },
        { AttributeName: sort, AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
    }),
  );
  return {
    table: dynamodbTable({ tableName: TableName, clock, config }),
    close: async () => {
      await admin.send(new DeleteTableCommand({ TableName }));
    },
  };
}

describeTable('the table in DynamoDB', makeTable, { propertyRuns: 25 });

test('a table that is not there is TableMissing', async () => {
  const table = dynamodbTable({ tableName: 'not-there', clock: () => 0, config });
  await expect(table.get({ partition: 'P', sort: 'a' })).rejects.toMatchObject({
    code: 'TableMissing',
    message: expect.stringContaining('dynamodb:GetItem on table "not-there" found no such table'),
  });
});
