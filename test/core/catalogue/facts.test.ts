import { describe, expect, test } from 'vitest';
import {
  frameWords,
  isGunicornFrom,
  keepEnd,
  keepStart,
  memoryWords,
  place,
  wholeSeconds,
  workerKind,
} from '../../../core/catalogue/facts.ts';
import { NOTHING } from './contexts.ts';

test.each([
  ['sync', 'sync'],
  ['gthread', 'gthread'],
  ['gevent', 'loop'],
  ['eventlet', 'loop'],
  ['tornado', 'loop'],
  ['asgi', 'loop'],
  ['uvicorn.workers.UvicornWorker', 'loop'],
  ['uvicorn_worker.UvicornWorker', 'loop'],
  ['gunicorn.workers.sync.SyncWorker', 'sync'],
  [null, 'unknown'],
] as const)('the worker class %s is of kind %s', (workerClass, kind) => {
  expect(workerKind({ ...NOTHING, workerClass })).toBe(kind);
});

test.each([
  ['22.0.0', true],
  ['26.1.0', true],
  ['21.2.0', false],
  ['22', true],
  ['20.1.0', false],
  ['unknown', null],
  [null, null],
])('Gunicorn %s is from 22 on: %s', (gunicornVersion, expected) => {
  expect(isGunicornFrom({ ...NOTHING, gunicornVersion }, 22)).toBe(expected);
});

describe('the place', () => {
  test('prefers an address to a group, and counts the others', () => {
    const upstreams = ['http://backend', 'http://10.0.0.5:8000', 'http://10.0.0.6:8000'];
    expect(place({ ...NOTHING, upstreams }, 'nowhere')).toBe('10.0.0.5:8000 and 2 more');
  });

  test('falls back to where Gunicorn listens, then to words', () => {
    expect(place({ ...NOTHING, listening: ['unix:/run/g.sock'] }, 'nowhere')).toBe('/run/g.sock');
    expect(place(NOTHING, 'nowhere')).toBe('nowhere');
  });
});

test.each([
  [null, 30],
  [29.6, 30],
  [0, 30],
  [Number.NaN, 30],
  [-5, 30],
  [90, 90],
])('%s seconds are whole: %s', (seconds, expected) => {
  expect(wholeSeconds(seconds, 30)).toBe(expected);
});

test('sizes, frames and cut texts read well', () => {
  expect([memoryWords(1_468_006), memoryWords(317_440)]).toEqual(['1.4 GiB', '310 MiB']);
  expect([
    frameWords('build_pdf, /srv/shop/views.py:61'),
    frameWords('<module>, views.py:1'),
    frameWords('odd'),
    frameWords(null),
  ]).toEqual(['build_pdf (views.py:61)', '<module> (views.py:1)', 'odd', null]);
  expect([keepStart('🦄🦄🦄', 2), keepEnd('/a/b/c.sock', 7), keepEnd('short', 7)]).toEqual([
    '🦄…',
    '…c.sock',
    'short',
  ]);
});
