import { describe, expect, test } from 'vitest';
import { diagnoseLogs, type MemoryLog } from './pipeline.ts';

/** Failures of the smaller incident; the larger one has eight times as many. */
const SIZE = 1_500;
const FACTOR = 8;
const TRIES = 3;
/** As for a single line, and a second pass where the larger one no longer fits what is kept one by one. */
const MOST_GROWTH = 12;

const pad = (value: number): string => String(value).padStart(2, '0');

/** What makes one failure different from the next. */
type Shape = (index: number) => {
  readonly second: number;
  readonly client: string;
  readonly path: string;
  readonly port: number;
  readonly pid: number;
};

const SAME = { second: 30, client: '192.0.2.1', path: '/', port: 8000, pid: 7 };

const SHAPES: Readonly<Record<string, Shape>> = {
  'the same request in one second': () => SAME,
  'requests of their own in one second': (index) => ({ ...SAME, path: `/p/x${index}y` }),
  'clients of their own': (index) => ({ ...SAME, client: `2001:db8::${index.toString(16)}` }),
  'upstreams of their own': (index) => ({ ...SAME, port: 1_024 + (index % 60_000) }),
  'workers of their own': (index) => ({ ...SAME, pid: 100 + index }),
  'spread over an hour': (index) => ({ ...SAME, second: index % 3_600, path: `/p/${index % 50}` }),
};

/** An incident of `count` failures in three logs that agree. */
function incident(shape: Shape, count: number): MemoryLog[] {
  const access: string[] = [];
  const error: string[] = [];
  const gunicorn: string[] = [];
  const all = Array.from({ length: count }, (_, index) => shape(index));
  for (const { second, client, path, port, pid } of all.sort((a, b) => a.second - b.second)) {
    const clock = `12:${pad(Math.floor(second / 60))}:${pad(second % 60)}`;
    access.push(
      `${client} - - [20/Nov/2026:${clock} +0000] "GET ${path} HTTP/1.1" 502 157 "-" "-"`,
    );
    error.push(
      `2026/11/20 ${clock} [error] 5#5: *9 upstream prematurely closed connection while reading response header from upstream, client: ${client}, server: x, request: "GET ${path} HTTP/1.1", upstream: "http://127.0.0.1:${port}${path}", host: "x"`,
    );
    gunicorn.push(`[2026-11-20 ${clock} +0000] [3] [CRITICAL] WORKER TIMEOUT (pid:${pid})`);
  }
  return [
    { name: 'access.log', role: 'access', bytes: Buffer.from(`${access.join('\n')}\n`) },
    { name: 'error.log', role: 'error', bytes: Buffer.from(`${error.join('\n')}\n`) },
    { name: 'gunicorn.log', role: 'gunicorn', bytes: Buffer.from(`${gunicorn.join('\n')}\n`) },
  ];
}

async function timeOf(logs: readonly MemoryLog[]): Promise<number> {
  const startedAt = performance.now();
  const { report } = await diagnoseLogs(logs);
  const elapsedMs = performance.now() - startedAt;
  const attributed = report.diagnoses.reduce((sum, { failures }) => sum + failures, 0);
  expect(attributed).toBe(report.failures);
  return elapsedMs;
}

describe('a diagnosis takes no longer for each failure the more there are', () => {
  test.each(Object.entries(SHAPES))('%s', { timeout: 120_000 }, async (_name, shape) => {
    const [small, large] = [incident(shape, SIZE), incident(shape, SIZE * FACTOR)];
    let ratio = Number.POSITIVE_INFINITY;
    for (let tries = TRIES; tries > 0; tries--) {
      const smallMs = await timeOf(small);
      ratio = Math.min(ratio, (await timeOf(large)) / smallMs);
    }
    expect(ratio).toBeLessThan(MOST_GROWTH);
  });
});
