/** 504s: one slow route, no free worker, a full queue, an unreachable host. */
import { describe, expect, it } from 'vitest';
import { access, CLOSED, causesOf, diagnose, failed, REFUSED, SLOW, start } from './logs.ts';

const CONNECTING = 'upstream timed out (110: Connection timed out) while connecting to upstream';
const SENDING = 'upstream timed out (110: Connection timed out) while sending request to upstream';
const FAR = 'http://10.0.0.9:8000';

type Visit = readonly [seconds: number, route: string, message?: string, upstream?: string];

async function causesOfTimeouts(visits: readonly Visit[]): Promise<Record<string, number>> {
  const lines = visits.map(([seconds, route, message = SLOW, upstream = FAR]) =>
    failed(seconds, message === CLOSED || message === REFUSED ? 502 : 504, message, {
      request: `GET ${route} HTTP/1.1`,
      upstream,
    }),
  );
  return causesOf(
    await diagnose({
      'access.log': lines.map((line) => line.access),
      'error.log': lines.map((line) => line.error),
    }),
  );
}

describe('a request that timed out', () => {
  it.each<{ name: string; visits: Visit[]; causes: Record<string, number> }>([
    {
      name: 'on one route is slow',
      visits: [
        [0, '/report'],
        [1, '/report'],
      ],
      causes: { 'upstream-read-timeout': 2 },
    },
    {
      name: 'while it was sent is slow, too',
      visits: [[0, '/upload', SENDING]],
      causes: { 'upstream-read-timeout': 1 },
    },
    {
      name: 'on many routes found no free worker',
      visits: [
        [0, '/a'],
        [1, '/b'],
        [2, '/c'],
      ],
      causes: { 'workers-saturated': 3 },
    },
    {
      name: 'on many routes, of which one has most, is slow',
      visits: [
        [0, '/a'],
        [1, '/b'],
        [2, '/c'],
        [3, '/c'],
        [4, '/c'],
        [5, '/c'],
      ],
      causes: { 'upstream-read-timeout': 6 },
    },
    {
      name: 'on many routes of as many peers is slow',
      visits: [
        [0, '/a', SLOW, 'http://10.0.0.1:8000'],
        [1, '/b', SLOW, 'http://10.0.0.2:8000'],
        [2, '/c', SLOW, 'http://10.0.0.3:8000'],
      ],
      causes: { 'upstream-read-timeout': 3 },
    },
    {
      name: 'on many routes in neighbouring minutes, exactly at their edges',
      visits: [
        [59, '/a'],
        [60, '/b'],
        [119, '/c'],
      ],
      causes: { 'workers-saturated': 3 },
    },
    {
      name: 'on many routes far apart is slow each time',
      visits: [
        [0, '/a'],
        [180, '/b'],
        [360, '/c'],
      ],
      causes: { 'upstream-read-timeout': 3 },
    },
    {
      name: 'while connecting to a host that never answers',
      visits: [[0, '/a', CONNECTING]],
      causes: { 'upstream-unreachable': 1 },
    },
    {
      name: 'while connecting to a host that answered others met a full queue',
      visits: [
        [0, '/a', CONNECTING],
        [20, '/b'],
      ],
      causes: { 'accept-queue-full': 1, 'upstream-read-timeout': 1 },
    },
    {
      name: 'while connecting to this machine met a full queue',
      visits: [[0, '/a', CONNECTING, 'http://127.0.0.1:8000']],
      causes: { 'accept-queue-full': 1 },
    },
  ])('$name', async ({ visits, causes }) => {
    expect(await causesOfTimeouts(visits)).toEqual(causes);
  });

  it('keeps each of several causes in one minute apart', async () => {
    const causes = await causesOfTimeouts([
      [0, '/a', REFUSED],
      [10, '/b', CLOSED],
      [20, '/c', SLOW],
      [30, '/d', CONNECTING, 'http://10.0.0.8:8000'],
      [40, '/e', 'upstream sent too big header while reading response header from upstream'],
    ]);
    expect(causes).toEqual({
      'backend-not-listening': 1,
      'upstream-header-too-big': 1,
      'upstream-read-timeout': 1,
      'upstream-unreachable': 1,
      'worker-died-unknown': 1,
    });
  });

  it('that NGINX never saw time out was answered by somebody else', async () => {
    const { access: own, error } = failed(0, 504, SLOW);
    const report = await diagnose({
      'access.log': [own, access(5, 504, { request: 'GET /proxied HTTP/1.1' })],
      'error.log': [error],
      'gunicorn.log': start(-60),
    });
    expect(causesOf(report)).toEqual({ 'upstream-read-timeout': 1, 'upstream-returned-5xx': 1 });
  });
});
