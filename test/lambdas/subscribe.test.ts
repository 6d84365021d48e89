/** The function with its real SDK client, in front of a server that stands for CloudWatch Logs and CloudFormation. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerCloudFormation } from '../../adapters/aws/cloudformation-response.ts';
import { filterNameOf, type SubscribeRequest } from '../../core/contract.ts';
import { errorNamed, FakeLogGroups } from '../adapters/aws/log-groups-fake.ts';

type Handler = typeof import('../../lambdas/subscribe.ts')['handler'];

let server: Server;
let url: string;
let logs: FakeLogGroups;
let answers: Record<string, unknown>[];
let contentTypes: (string | undefined)[];
/** Statuses to refuse the next answers with. */
let refusals: number[];
let handler: Handler;

const FILTER = filterNameOf({ deployment: 'prod', service: 'shop', role: 'error', format: '-' });
const REQUEST: SubscribeRequest = {
  deployment: 'prod',
  destinationArn: 'arn:aws:lambda:eu-west-1:1:function:ingest',
  groups: [{ name: '/web/error', filterName: FILTER, filterPattern: '%x%', requestMetric: null }],
  watched: [],
};
const CONTEXT = { getRemainingTimeInMillis: () => 600_000 };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await textOf(request);
    const target = request.headers['x-amz-target'];
    if (target === undefined) {
      response.statusCode = refusals.shift() ?? 200;
      contentTypes.push(request.headers['content-type']);
      if (response.statusCode === 200) answers.push(JSON.parse(body));
      return void response.end();
    }
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    const name = String(target).split('.')[1] ?? '';
    const method = `${name.charAt(0).toLowerCase()}${name.slice(1)}` as 'describeLogGroups';
    try {
      response.end(JSON.stringify((await logs[method](JSON.parse(body))) ?? {}));
    } catch (error) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: (error as Error).name, message: 'no details' }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  ({ handler } = await import('../../lambdas/subscribe.ts'));
});

afterAll(() => {
  server.close();
  vi.unstubAllEnvs();
});

beforeEach(() => {
  logs = new FakeLogGroups();
  logs.add('/web/error');
  answers = [];
  contentTypes = [];
  refusals = [];
  for (const name of ['info', 'error', 'log'] as const) vi.spyOn(console, name).mockReturnValue();
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function eventOf(
  RequestType: 'Create' | 'Update' | 'Delete',
  request: unknown = REQUEST,
  old?: unknown,
) {
  return {
    RequestType,
    ResponseURL: `${url}/answer?signature=secret`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'LogGroups',
    ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'LogGroups' }),
    ResourceProperties: { ServiceToken: 'arn', Request: textOrJson(request) },
    ...(old === undefined ? {} : { OldResourceProperties: { Request: textOrJson(old) } }),
  };
}

function textOrJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe('subscribe, for CloudFormation', () => {
  it('subscribes, and answers with one physical id for ever', async () => {
    await handler(eventOf('Create'), CONTEXT);
    await handler(eventOf('Update', REQUEST, REQUEST), CONTEXT);
    expect(logs.filtersOf('/web/error')).toEqual([FILTER]);
    expect(answers).toMatchObject([
      {
        Status: 'SUCCESS',
        PhysicalResourceId: 'LogGroups',
        StackId: 'stack',
        RequestId: 'request',
        LogicalResourceId: 'LogGroups',
        Data: { Problems: '', Waiting: '' },
      },
      { Status: 'SUCCESS', PhysicalResourceId: 'LogGroups' },
    ]);
    expect(contentTypes.join('')).toBe('');
  });

  it('answers success for groups that are missing or refuse, with what is wrong', async () => {
    logs.errors.set('putSubscriptionFilter /web/error', errorNamed('AccessDeniedException'));
    const late = { ...REQUEST.groups[0], name: '/web/late' };
    await handler(eventOf('Create', { ...REQUEST, groups: [...REQUEST.groups, late] }), CONTEXT);
    expect(answers).toMatchObject([
      {
        Status: 'SUCCESS',
        Data: {
          Problems:
            'log group "/web/error" could not be subscribed: AccessDeniedException: no details',
          Waiting: '/web/late',
        },
      },
    ]);
  });

  it('takes the filters off groups that an update leaves out, and off all on deletion', async () => {
    logs.add('/web/other');
    const other = { ...REQUEST.groups[0], name: '/web/other' };
    const both = { ...REQUEST, groups: [...REQUEST.groups, other] };
    await handler(eventOf('Create', both), CONTEXT);
    await handler(eventOf('Update', REQUEST, both), CONTEXT);
    expect(logs.filtersOf('/web/other')).toEqual([]);
    expect(logs.filtersOf('/web/error')).toEqual([FILTER]);
    await handler(eventOf('Delete'), CONTEXT);
    expect(logs.filtersOf('/web/error')).toEqual([]);
    expect(answers.map((answer) => answer.Status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  it('answers a failure for a request that cannot be read, but never for a deletion', async () => {
    await handler(eventOf('Create', '{'), CONTEXT);
    await handler(eventOf('Delete', '{'), CONTEXT);
    await handler(eventOf('Update', REQUEST, '{'), CONTEXT);
    expect(answers).toMatchObject([
      { Status: 'FAILED', Reason: 'the request to subscribe cannot be read: it is no JSON' },
      { Status: 'SUCCESS' },
      { Status: 'SUCCESS' },
    ]);
  });

  it('keeps the answer within its limit', async () => {
    const groups = Array.from({ length: 300 }, (_, i) => ({
      ...REQUEST.groups[0],
      name: `/badgateway/ä/${i}`,
    }));
    await handler(eventOf('Create', { ...REQUEST, groups }), CONTEXT);
    expect(Buffer.byteLength(JSON.stringify(answers[0]))).toBeLessThan(4096);
    expect(answers[0]).toMatchObject({ Status: 'SUCCESS' });
  });

  it('sends the answer again when it is refused, and gives up without telling the URL', async () => {
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    refusals = [503, 500];
    await answerCloudFormation(eventOf('Create'), { status: 'SUCCESS' }, wait);
    expect(answers).toHaveLength(1);
    expect(waits).toEqual([1_000, 2_000]);
    const unreachable = {
      ...eventOf('Create'),
      ResponseURL: 'http://127.0.0.1:1/?signature=secret',
    };
    const failed = answerCloudFormation(unreachable, { status: 'SUCCESS' }, wait);
    await expect(failed).rejects.toThrow(/^CloudFormation could not be answered: (?!.*secret)/);
  });
});

describe('subscribe, on its schedule', () => {
  it('subscribes groups that came later, and counts those it could not', async () => {
    const event = { kind: 'refresh', request: REQUEST } as const;
    expect(await handler(event, CONTEXT)).toMatchObject({ subscribed: ['/web/error'] });
    expect(await handler(event, CONTEXT)).toMatchObject({ unchanged: ['/web/error'] });
    logs.add('/web/error', 'INFREQUENT_ACCESS');
    expect((await handler(event, CONTEXT))?.problems).toHaveLength(1);
  });

  it('begins no group when its time is up', async () => {
    const event = { kind: 'refresh', request: REQUEST } as const;
    const outcome = await handler(event, { getRemainingTimeInMillis: () => 5_000 });
    expect(outcome?.problems).toEqual([
      'log group "/web/error" was not reached in time: the next refresh takes it on',
    ]);
    expect(logs.takeChanges()).toEqual([]);
  });
});
