import { expect, test } from 'vitest';
import { plausibleCounts } from '../../../core/incident/request-counts.ts';
import { minutesOf } from './service.ts';

test('a minute in which more failed than was counted is not known', () => {
  const counts = new Map([
    [1, 0],
    [2, 5],
    [3, 0],
  ]);
  const minutes = minutesOf([
    { cause: 'worker-oom', atMs: 60_000, count: 2 },
    { cause: 'worker-oom', atMs: 120_000, count: 2 },
    { cause: 'worker-timeout', atMs: 120_000, count: 3 },
  ]);
  expect([...plausibleCounts(counts, minutes)]).toEqual([
    [2, 5],
    [3, 0],
  ]);
});
