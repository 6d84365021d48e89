import { beforeEach, describe, expect, it } from 'vitest';
import { subscribeLogGroups } from '../../../adapters/aws/log-group-subscriptions.ts';
import { paceRequests } from '../../../adapters/aws/log-groups-pace.ts';
import { parseSubscribeRequest } from '../../../adapters/aws/log-groups-request.ts';
import {
  filterNameOf,
  type GroupContract,
  METRIC_NAMESPACE,
  type SubscribeRequest,
} from '../../../core/contract.ts';
import { AppError } from '../../../core/errors.ts';
import { errorNamed, FakeLogGroups } from './log-groups-fake.ts';

const ACCESS = nameOf('access', 'combined');
const ERROR = nameOf('error', '-');

let client: FakeLogGroups;

beforeEach(() => {
  client = new FakeLogGroups();
});

function nameOf(role: string, format: string): string {
  return filterNameOf({ deployment: 'prod', service: 'shop', role, format });
}

function group(name: string, filterName = ERROR, more: Partial<GroupContract> = {}): GroupContract {
  return { name, filterName, filterPattern: '%x%', requestMetric: null, ...more };
}

function requestOf(...groups: GroupContract[]): SubscribeRequest {
  return { deployment: 'prod', destinationArn: 'arn:ingest', groups, watched: [] };
}

function run(request: SubscribeRequest | null, previous: SubscribeRequest | null = null) {
  return subscribeLogGroups({ request, previous, client, isTimeUp: () => false });
}

describe('subscribeLogGroups', () => {
  it('puts a subscription filter, and for access logs a metric filter without dimensions', async () => {
    client.add('/web/access');
    const outcome = await run(
      requestOf(group('/web/access', ACCESS, { requestMetric: 'Requests/prod/shop' })),
    );
    expect(outcome).toEqual({
      subscribed: ['/web/access'],
      unchanged: [],
      released: [],
      waiting: [],
      problems: [],
    });
    expect(client.groups.get('/web/access')?.subscriptionFilters).toEqual([
      {
        logGroupName: '/web/access',
        filterName: ACCESS,
        filterPattern: '%x%',
        destinationArn: 'arn:ingest',
      },
    ]);
    expect(client.groups.get('/web/access')?.metricFilters).toEqual([
      {
        logGroupName: '/web/access',
        filterName: ACCESS,
        filterPattern: '',
        metricTransformations: [
          {
            metricNamespace: METRIC_NAMESPACE,
            metricName: 'Requests/prod/shop',
            metricValue: '1',
            defaultValue: 0,
          },
        ],
      },
    ]);
  });

  it('changes nothing the second time', async () => {
    client.add('/web/access');
    const request = requestOf(group('/web/access', ACCESS, { requestMetric: 'R' }));
    await run(request);
    client.takeChanges();
    expect(await run(request, request)).toMatchObject({
      unchanged: ['/web/access'],
      subscribed: [],
    });
    expect(client.takeChanges()).toEqual([]);
  });

  it('puts a filter again whose pattern or destination changed', async () => {
    client.add('/web/error');
    await run(requestOf(group('/web/error')));
    client.takeChanges();
    await run(requestOf(group('/web/error', ERROR, { filterPattern: '%y%' })));
    await run({
      ...requestOf(group('/web/error', ERROR, { filterPattern: '%y%' })),
      destinationArn: 'arn:new',
    });
    expect(client.takeChanges()).toEqual([
      'putSubscriptionFilter /web/error',
      'putSubscriptionFilter /web/error',
    ]);
  });

  it('finds all groups of a prefix, page by page, but none that a pipeline writes', async () => {
    for (const name of ['/web/a', '/web/b', '/web/c', '/web/d', '/web/e', '/other'])
      client.add(name);
    expect((await run(requestOf(group('/web/*')))).subscribed).toEqual([
      '/web/a',
      '/web/b',
      '/web/c',
      '/web/d',
      '/web/e',
    ]);
    client.add('/badgateway/prod/ingest');
    client.add('/badgateway/other/ingest');
    client.add('/aws/lambda/prod-subscribe');
    const all = await run(requestOf(group('*')));
    expect(all).toMatchObject({ subscribed: ['/other'], problems: [] });
    expect(client.filtersOf('/badgateway/prod/ingest')).toEqual([]);
    expect(client.filtersOf('/aws/lambda/prod-subscribe')).toEqual([]);
  });

  it('does not take a longer name for the one that was asked for', async () => {
    client.add('/web/error-old');
    expect(await run(requestOf(group('/web/error')))).toMatchObject({
      waiting: ['/web/error'],
      subscribed: [],
    });
    client.add('/web/error');
    expect(await run(requestOf(group('/web/error')))).toMatchObject({ subscribed: ['/web/error'] });
    expect(client.filtersOf('/web/error-old')).toEqual([]);
  });

  it('waits for groups that do not exist yet, by name and by prefix, and for one that was just deleted', async () => {
    client.add('/web/gone');
    client.errors.set(
      'describeSubscriptionFilters /web/gone',
      errorNamed('ResourceNotFoundException'),
    );
    const outcome = await run(requestOf(group('/web/late'), group('/later/*'), group('/web/gone')));
    expect(outcome).toMatchObject({
      waiting: ['/web/late', '/later/*', '/web/gone'],
      problems: [],
    });
  });

  it('never touches filters of others, and names those that hold all slots', async () => {
    client.add('/web/error');
    client.occupy('/web/error', 'to-datadog', 'to-elastic');
    const { problems, subscribed } = await run(requestOf(group('/web/error')));
    expect(subscribed).toEqual([]);
    expect(problems).toMatchInlineSnapshot(`
      [
        "log group "/web/error" has no room for another subscription filter beside "to-datadog", "to-elastic" (no details): delete one that is not needed, or let one consumer pass the logs on to the others",
      ]
    `);
    expect(client.filtersOf('/web/error')).toEqual(['to-datadog', 'to-elastic']);
  });

  it('tells groups of a class that takes no filters', async () => {
    client.add('/web/error', 'INFREQUENT_ACCESS');
    client.add('/web/delivery', 'DELIVERY');
    const { problems } = await run(requestOf(group('/web/error'), group('/web/delivery')));
    expect(problems).toEqual([
      'log group "/web/error" is of the class INFREQUENT_ACCESS, which takes no subscription filters and cannot be changed: send its logs to a group of the class STANDARD',
      'log group "/web/delivery" is of the class DELIVERY, which takes no subscription filters and cannot be changed: send its logs to a group of the class STANDARD',
    ]);
    expect(client.takeChanges()).toEqual([]);
  });

  it('goes on after a group that fails', async () => {
    client.add('/a');
    client.add('/b');
    client.errors.set(
      'putSubscriptionFilter /a',
      errorNamed('AccessDeniedException', 'not authorized'),
    );
    client.errors.set('describeLogGroups /c', errorNamed('ServiceUnavailableException'));
    const outcome = await run(requestOf(group('/a'), group('/c'), group('/b')));
    expect(outcome.subscribed).toEqual(['/b']);
    expect(outcome.problems).toEqual([
      'log group "/c" could not be looked for: ServiceUnavailableException: no details',
      'log group "/a" could not be subscribed: AccessDeniedException: not authorized',
    ]);
  });

  it('tells a group of its own that was asked for by name', async () => {
    const { problems } = await run(requestOf(group('/badgateway/prod/ingest')));
    expect(problems).toEqual([
      'log group "/badgateway/prod/ingest" is one of the pipeline\'s own: take it out of the configuration',
    ]);
  });

  it('puts both filters of a group that holds two logs, and each once', async () => {
    client.add('/docker/nginx');
    const request = requestOf(
      group('/docker/*', ACCESS, { requestMetric: 'R', filterPattern: '%second%' }),
      group('/docker/nginx', ACCESS, { requestMetric: 'R', filterPattern: '%first%' }),
      group('/docker/nginx', ERROR),
    );
    expect(await run(request)).toMatchObject({ subscribed: ['/docker/nginx'], problems: [] });
    expect(client.filtersOf('/docker/nginx')).toEqual([ACCESS, ERROR]);
    expect(client.groups.get('/docker/nginx')?.subscriptionFilters[0]?.filterPattern).toBe(
      '%first%',
    );
  });

  it('stops in time and says what is left', async () => {
    for (const name of ['/a', '/b', '/c']) client.add(name);
    const request = requestOf(group('/a'), group('/b'), group('/c'));
    const isTimeUp = () => client.calls.some((call) => call.startsWith('putSubscriptionFilter'));
    const outcome = await subscribeLogGroups({ request, previous: null, client, isTimeUp });
    expect(outcome.subscribed).toEqual(['/a']);
    expect(outcome.problems).toEqual([
      'log group "/b" was not reached in time: the next refresh takes it on',
      'log group "/c" was not reached in time: the next refresh takes it on',
    ]);
  });
});

describe('what is not asked for any more', () => {
  const access = group('/web/access', ACCESS, { requestMetric: 'R' });

  beforeEach(async () => {
    client.add('/web/access');
    client.add('/web/error');
    client.occupy('/web/error', 'to-datadog');
    await run(requestOf(access, group('/web/error')));
    client.takeChanges();
  });

  it('loses our filters, and only those', async () => {
    const outcome = await run(
      requestOf(group('/web/error')),
      requestOf(access, group('/web/error')),
    );
    expect(outcome).toMatchObject({ released: ['/web/access'], unchanged: ['/web/error'] });
    expect(client.takeChanges()).toEqual([
      'deleteSubscriptionFilter /web/access',
      'deleteMetricFilter /web/access',
    ]);
  });

  it('loses all of them in the end, and is not waited for', async () => {
    client.groups.delete('/web/access');
    const outcome = await run(null, requestOf(access, group('/web/error'), group('/web/never')));
    expect(outcome).toEqual({
      subscribed: [],
      unchanged: [],
      released: ['/web/error'],
      waiting: [],
      problems: [],
    });
    expect(client.filtersOf('/web/error')).toEqual(['to-datadog']);
  });

  it('makes way for the new name of a filter in a group that is full', async () => {
    const renamed = nameOf('gunicorn', '-');
    const outcome = await run(
      requestOf(access, group('/web/error', renamed)),
      requestOf(access, group('/web/error')),
    );
    expect(outcome.problems).toEqual([]);
    expect(client.filtersOf('/web/error')).toEqual(['to-datadog', renamed]);
  });

  it('goes after the new filter has come, where there is room for both', async () => {
    const renamed = nameOf('access', 'main');
    await run(requestOf({ ...access, filterName: renamed }), requestOf(access));
    expect(client.takeChanges()).toEqual([
      'putSubscriptionFilter /web/access',
      'deleteSubscriptionFilter /web/access',
      'putMetricFilter /web/access',
      'deleteMetricFilter /web/access',
    ]);
    expect(client.filtersOf('/web/access')).toEqual([renamed]);
  });

  it('is kept on a refresh, which knows of no request before it', async () => {
    await run(requestOf(group('/web/error')));
    expect(client.filtersOf('/web/access')).toEqual([ACCESS]);
  });

  it('is never a filter whose name is not ours', async () => {
    client.occupy('/web/access', 'theirs');
    await run(null, requestOf(group('/web/access', 'theirs')));
    expect(client.filtersOf('/web/access')).toEqual([ACCESS, 'theirs']);
  });
});

describe('paceRequests', () => {
  it('leaves a fifth of a second between two requests of one kind', async () => {
    let now = 0;
    const waits: number[] = [];
    const paced = paceRequests(client, {
      clock: () => now,
      wait: async (ms) => {
        waits.push(ms);
        now += ms;
      },
    });
    for (let i = 0; i < 8; i++) client.add(`/web/${i}`);
    const groups = Array.from({ length: 8 }, (_, i) => group(`/web/${i}`));
    await subscribeLogGroups({
      request: requestOf(...groups),
      previous: null,
      client: paced,
      isTimeUp: () => false,
    });
    expect(now).toBeGreaterThanOrEqual(14 * 200);
    expect(waits.every((ms) => ms <= 210)).toBe(true);
  });
});

describe('parseSubscribeRequest', () => {
  it('reads the object and its JSON', () => {
    const request = requestOf(group('/a'), group('/b', ACCESS, { requestMetric: 'R' }));
    expect(parseSubscribeRequest(request)).toEqual(request);
    expect(parseSubscribeRequest(JSON.stringify(request))).toEqual(request);
  });

  it.each([
    undefined,
    null,
    '',
    '{',
    '[]',
    {},
    { deployment: '', destinationArn: 'a', groups: [] },
    { deployment: 'd', groups: [] },
    { deployment: 'd', destinationArn: 'a' },
    { deployment: 'd', destinationArn: 'a', groups: [null] },
    { deployment: 'd', destinationArn: 'a', groups: [{ name: 'x' }] },
    { deployment: 'd', destinationArn: 'a', groups: [{ ...group('/a'), requestMetric: 1 }] },
  ])('refuses %j', (value) => {
    expect(() => parseSubscribeRequest(value)).toThrow(AppError);
  });
});
