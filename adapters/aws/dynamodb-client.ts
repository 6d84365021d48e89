import type {
  AttributeValue,
  DeleteItemInput,
  GetItemInput,
  GetItemOutput,
  PutItemInput,
  QueryInput,
  QueryOutput,
} from '@aws-sdk/client-dynamodb';
import { type AwsConnection, jsonClient } from './json-client.ts';

/** The four requests that a table of badgateway needs, each named as its IAM action is. */
export type DynamodbClient = {
  putItem(input: PutItemInput): Promise<unknown>;
  getItem(input: GetItemInput): Promise<GetItemOutput>;
  query(input: QueryInput): Promise<QueryOutput>;
  deleteItem(input: DeleteItemInput): Promise<unknown>;
};

/** A client with bounded retries and timeouts. */
export function dynamodbClient(connection: AwsConnection = {}): DynamodbClient {
  const send = jsonClient({ name: 'dynamodb', target: 'DynamoDB_20120810' }, connection);
  return {
    putItem: (input) => send('PutItem', input),
    async getItem(input) {
      const output: GetItemOutput = await send('GetItem', input);
      return output.Item === undefined ? output : { ...output, Item: withBytes(output.Item) };
    },
    async query(input) {
      const output: QueryOutput = await send('Query', input);
      return { ...output, Items: (output.Items ?? []).map(withBytes) };
    },
    deleteItem: (input) => send('DeleteItem', input),
  };
}

type Item = Record<string, AttributeValue>;

/** Of attributes only strings, numbers and bytes are used. JSON has bytes as base64. */
function withBytes(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(String(value.B), 'base64') },
    ]),
  );
}
