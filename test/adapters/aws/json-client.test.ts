import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { jsonClient } from '../../../adapters/aws/json-client.ts';

const SQS = { name: 'sqs', target: 'AmazonSQS' };
const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' };

type Reply = { readonly status: number; readonly body: string };
type Request = { readonly headers: IncomingHttpHeaders; readonly body: string };

let server: Server;
let endpoint: string;
let reply: Reply;
const requests: Request[] = [];

beforeEach(async () => {
  reply = { status: 200, body: '{"MessageId":"1"}' };
  requests.length = 0;
  server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: await text(request) });
    response.writeHead(reply.status, { 'x-amzn-requestid': 'R1' }).end(reply.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  vi.unstubAllEnvs();
});

function send(action: string, input: object, maxAttempts = 1): Promise<object> {
  const connection = { endpoint, region: 'eu-west-1', credentials: CREDENTIALS, maxAttempts };
  return jsonClient(SQS, connection)(action, input);
}

describe('a request', () => {
  test('names its action, is signed for its service and region, and has bytes as base64', async () => {
    const answer = await send('SendMessage', { Text: 'grüße', Bytes: Buffer.from([0, 255]) });
    expect(answer).toEqual({ MessageId: '1' });
    const [{ headers, body } = { headers: {}, body: '' }] = requests;
    expect(JSON.parse(body)).toEqual({ Text: 'grüße', Bytes: 'AP8=' });
    expect(headers).toMatchObject({
      'x-amz-target': 'AmazonSQS.SendMessage',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'session',
    });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/sqs\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/,
    );
  });

  test('is repeated with another signature while the service is not there', async () => {
    reply = { status: 503, body: 'Service Unavailable' };
    await expect(send('SendMessage', {}, 2)).rejects.toMatchObject({
      name: 'UnknownError',
      message: 'HTTP status 503',
      $metadata: { httpStatusCode: 503, attempts: 2 },
    });
    expect(requests).toHaveLength(2);
  });

  test('that is wrong is not repeated; its error is named as the service names it', async () => {
    const __type = 'com.amazonaws.sqs#QueueDoesNotExist:http://internal.amazon.com/coral/';
    reply = { status: 400, body: JSON.stringify({ __type, message: 'no such queue' }) };
    await expect(send('SendMessage', {}, 4)).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      message: 'no such queue',
      $metadata: { httpStatusCode: 400, requestId: 'R1', attempts: 1 },
    });
  });
});

describe('without a word about where to', () => {
  test('the environment says it, first for the service alone', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'FROMENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', '');
    await jsonClient(SQS)('SendMessage', {});
    expect(requests[0]?.headers.authorization).toContain('Credential=FROMENV/');
    expect(requests[0]?.headers['x-amz-security-token']).toBeUndefined();
  });

  test('a missing region and missing credentials are said', async () => {
    vi.stubEnv('AWS_REGION', '');
    expect(() => jsonClient(SQS)).toThrow('Region is missing');
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    const client = jsonClient(SQS, { endpoint, region: 'eu-west-1' });
    await expect(client('SendMessage', {})).rejects.toMatchObject({
      name: 'CredentialsProviderError',
    });
  });

  test.each([
    ['eu-west-1', 'sqs.eu-west-1.amazonaws.com'],
    ['us-gov-west-1', 'sqs.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'sqs.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', 'sqs.eusc-de-east-1.amazonaws.eu'],
    ['us-iso-east-1', 'sqs.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'sqs.us-isob-east-1.sc2s.sgov.gov'],
  ])('the endpoint of %s is its own', async (region, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', '');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const asked: string[] = [];
    const handle = vi
      .spyOn(NodeHttpHandler.prototype, 'handle')
      .mockImplementation(async ({ hostname, protocol }) => {
        asked.push(`${protocol}//${hostname}`);
        throw new Error('not sent');
      });
    const client = jsonClient(SQS, { region, credentials: CREDENTIALS, maxAttempts: 1 });
    await client('SendMessage', {}).catch(() => {});
    handle.mockRestore();
    expect(asked).toEqual([`https://${host}`]);
  });
});
