import {
  DeleteItemCommand,
  type DeleteItemInput,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  type GetItemInput,
  type GetItemOutput,
  PutItemCommand,
  type PutItemInput,
  QueryCommand,
  type QueryInput,
  type QueryOutput,
} from '@aws-sdk/client-dynamodb';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The four requests that a table of badgateway needs, each named as its IAM action is. */
export type DynamodbClient = {
  putItem(input: PutItemInput): Promise<unknown>;
  getItem(input: GetItemInput): Promise<GetItemOutput>;
  query(input: QueryInput): Promise<QueryOutput>;
  deleteItem(input: DeleteItemInput): Promise<unknown>;
};

/**
 * At worst four attempts of 3 s with a second between them, or 7 s of waiting for a throttled table: within the time
 * that the functions have. Without `throwOnRequestTimeout` the SDK only warns of a request that never ends.
 */
const BOUNDS: DynamoDBClientConfig = {
  ...NOTHING_TO_LOOK_UP,
  accountIdEndpointMode: 'disabled',
  endpointDiscoveryEnabled: false,
  retryMode: 'standard',
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    socketTimeout: 3_000,
    throwOnRequestTimeout: true,
  },
};

/**
 * A client with bounded retries and timeouts. This module loads the SDK, which takes twice as long as Node itself:
 * import it when the first request is made, see `dynamodbTable`.
 */
export function dynamodbClient(config: DynamoDBClientConfig = {}): DynamodbClient {
  const client = new DynamoDBClient({ ...BOUNDS, ...config });
  return {
    putItem: (input) => client.send(new PutItemCommand(input)),
    getItem: (input) => client.send(new GetItemCommand(input)),
    query: (input) => client.send(new QueryCommand(input)),
    deleteItem: (input) => client.send(new DeleteItemCommand(input)),
  };
}
