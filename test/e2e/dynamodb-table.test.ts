import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { dynamodbTable } from '../../adapters/aws/dynamodb-table.ts';
import { TABLE_ATTRIBUTES } from '../../core/contract.ts';
import { describeTable, type OpenTable } from '../contract/table.ts';
import { clientConfig } from './ministack.ts';

const config = clientConfig(inject('ministack'));
const admin = new DynamoDBClient(config);

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
