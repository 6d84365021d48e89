import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import { logSearch } from '../../../adapters/aws/log-context.ts';
import type { LogQuery } from '../../../core/incident/log-search.ts';

const QUERY: LogQuery = {
  group: '/shop/gunicorn',
  streams: ['web-1'],
  pattern: '%Error%',
  fromMs: 1_000,
  toMs: 2_000,
  limit: 3,
};

type Page = FilterLogEventsResponse | Error | 'never';

/** Answers with the pages in order. */
function fake(pages: readonly Page[]) {
  const asked: FilterLogEventsRequest[] = [];
  const open = async () => ({
    async filterLogEvents(input: FilterLogEventsRequest): Promise<FilterLogEventsResponse> {
      const page = pages[asked.push(input) - 1] ?? {};
      if (page === 'never') return new Promise(() => {});
      if (page instanceof Error) throw page;
      return page;
    },
  });
  return { asked, open };
}

function event(timestamp: number, message: string) {
  return { timestamp, message, logStreamName: 'web-1', eventId: `${timestamp}` };
}

function named(name: string): Error {
  return Object.assign(new Error('/shop/gunicorn secret of a line'), { name });
}

const never = new AbortController().signal;

describe('a search in the logs', () => {
  it('asks for one group, its streams, a time and a pattern', async () => {
    const { asked, open } = fake([{ events: [event(1_500, 'Error: x')] }]);
    expect(await logSearch({ signal: never, open })(QUERY)).toEqual([
      { at: 1_500, stream: 'web-1', message: 'Error: x' },
    ]);
    expect(asked).toEqual([
      {
        logGroupName: '/shop/gunicorn',
        logStreamNames: ['web-1'],
        filterPattern: '%Error%',
        startTime: 1_000,
        endTime: 2_000,
        limit: 3,
      },
    ]);
  });

  it('asks for everything without streams and without a pattern', async () => {
    const { asked, open } = fake([{}]);
    await logSearch({ signal: never, open })({ ...QUERY, streams: [], pattern: '' });
    expect(Object.keys(asked[0] ?? {})).toEqual(['logGroupName', 'startTime', 'endTime', 'limit']);
  });

  it('turns a page, one at the most, for CloudWatch Logs may end one early', async () => {
    const { asked, open } = fake([
      { events: [], nextToken: 'a' },
      { events: [event(1, '1'), event(2, '2')], nextToken: 'b' },
      { events: [event(3, '3')] },
    ]);
    const found = await logSearch({ signal: never, open })(QUERY);
    expect(found.map(({ message }) => message)).toEqual(['1', '2']);
    expect(asked.map(({ nextToken }) => nextToken)).toEqual([undefined, 'a']);
  });

  it('gives no more than asked for, and no event without a time or a text', async () => {
    const many = Array.from({ length: 9 }, (_, index) => event(index, `${index}`));
    const { asked, open } = fake([{ events: [{ message: 'x' }, ...many], nextToken: 'a' }]);
    expect(await logSearch({ signal: never, open })(QUERY)).toHaveLength(3);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['AccessDeniedException', 'LogSearchFailed', 'failed (AccessDeniedException)'],
    ['ResourceNotFoundException', 'LogSearchFailed', 'failed (ResourceNotFoundException)'],
    ['ThrottlingException', 'LogSearchFailed', 'failed (ThrottlingException)'],
    ['TimeoutError', 'LogSearchLate', 'took too long'],
  ])('says of %s no more than its name', async (name, code, problem) => {
    const { open } = fake([named(name)]);
    await expect(logSearch({ signal: never, open })(QUERY)).rejects.toMatchObject({
      code,
      message: `logs:FilterLogEvents on /shop/gunicorn ${problem}`,
    });
  });

  it('ends with its signal, though the client does not, and keeps what it has', async () => {
    const stop = new AbortController();
    const { open } = fake(['never']);
    const search = logSearch({ signal: stop.signal, open });
    const waiting = search(QUERY);
    stop.abort(named('TimeoutError'));
    await expect(waiting).rejects.toMatchObject({ code: 'LogSearchLate' });
    await expect(search(QUERY)).rejects.toMatchObject({ code: 'LogSearchLate' });

    const later = new AbortController();
    const pages = fake([{ events: [event(1, '1')], nextToken: 'a' }, 'never']);
    const second = logSearch({ signal: later.signal, open: pages.open })(QUERY);
    setImmediate(() => later.abort(named('TimeoutError')));
    expect(await second).toHaveLength(1);
  });
});
