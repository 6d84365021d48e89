import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GunicornAssembler } from '../../../core/parse/gunicorn-entry.ts';
import { ABORT, entriesOf, header, NOON, START, signalsOf, traceback } from './gunicorn-writes.ts';

const CHAINED = [
  ...traceback("KeyError: 'a'"),
  '',
  'The above exception was the direct cause of the following exception:',
  '',
  ...traceback('RuntimeError: wrapped'),
];
const ERROR = header(1, 101, 'ERROR', 'Error handling request /x');

describe('GunicornAssembler', () => {
  it('puts a header and its traceback together', () => {
    const lines = [...START, ERROR, ...CHAINED, header(2, 101, 'INFO', 'cache miss')];
    const [entry] = entriesOf(lines).filter(({ message }) => message.startsWith('Error'));
    expect(entry).toMatchObject({ pid: 101, at: NOON + 1000, traceback: CHAINED });
    expect(entry?.origin.lineNumber).toBe(START.length + 1);
  });

  it('gives the same entries for one event and for a line at a time', () => {
    const piece = fc.constantFrom(
      ERROR,
      header(2, 102, 'INFO', 'Worker exiting (pid: 102)'),
      header(3, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:101)'),
      header(9, 1, 'CRITICAL', 'WORKER TIMEOUT (pid:1)'),
      header(3, 101, 'INFO', 'cache miss'),
      '127.0.0.1 - - [20/Nov/2026:12:00:02 +0000] "GET / HTTP/1.1" 500 2 "-" "-"',
      'Application object must be callable.',
      'Traceback (most recent call last):',
      '  File "/srv/shop/views.py", line 61, in build_pdf',
      'ValueError: x',
      'printed by the application',
      '',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (lines) => {
        const whole = new GunicornAssembler({ keepsRequests: true });
        const event = [
          ...whole.push(lines.join('\n'), null, { path: 'gunicorn.log', lineNumber: 1 }),
          ...whole.flush(),
        ];
        const strip = (entries: readonly object[]) =>
          entries.map((entry) => ({ ...entry, origin: null }));
        expect(strip(event)).toEqual(strip(entriesOf(lines, true)));
      }),
    );
  });

  it('keeps a traceback together when another process writes between its lines', () => {
    const lines = [
      ...START,
      ERROR,
      ...ABORT.slice(0, 4),
      header(1, 100, 'INFO', 'Handling signal: ttin'),
      header(1, 102, 'INFO', 'cache miss'),
      ...ABORT.slice(4),
      header(1, 102, 'INFO', 'cache miss'),
    ];
    const entry = entriesOf(lines).find(({ message }) => message.startsWith('Error'));
    expect(entry?.traceback).toEqual(ABORT);
  });

  it('reads uncaught tracebacks and messages without header', () => {
    const preload = [
      'Traceback (most recent call last):',
      '  File "/srv/venv/lib/python3.12/site-packages/gunicorn/app/base.py", line 72, in run',
      '    Arbiter(self).run()',
      '  File "/srv/shop/wsgi.py", line 1, in <module>',
      '    import nosuch',
      "ModuleNotFoundError: No module named 'nosuch'",
    ];
    expect(signalsOf(preload)).toEqual(['boot-failure']);
    expect(signalsOf([...preload, ...preload, ...preload])).toHaveLength(3);
    expect(signalsOf([...START.slice(0, 1), ...preload])).toEqual(['starting 100', 'boot-failure']);
    expect(signalsOf(['', "Error: can't chdir to '/x'"])).toEqual(['config-error']);
  });

  it('counts an exit once that Gunicorn 21 to 23 write twice', () => {
    const exits = ['exited with code 1', 'exited with code 1.', 'exited with code 1'];
    const lines = exits.map((how) => header(1, 100, 'ERROR', `Worker (pid:101) ${how}`));
    expect(signalsOf([...START, ...lines]).slice(5)).toEqual([
      'worker-exited 101',
      'worker-exited 101',
    ]);
  });

  it("leaves the application's own log lines alone", () => {
    const lines = [
      ...START,
      '[2026-11-20 12:00:01,123] ERROR in app: Exception on / [GET]',
      ...traceback('ValueError: x'),
      '2026-11-20 12:00:01,123 ERROR django.request Internal Server Error: /x',
      'Internal Server Error: /x',
      ...traceback('ValueError: x'),
      'Not Found: /favicon.ico',
    ];
    expect(signalsOf(lines)).toEqual(signalsOf(START));
  });

  it('takes the time of what has none from the wrapper, else from the lines around', () => {
    const bare = 'Application object must be callable.';
    const first = new GunicornAssembler();
    first.push(bare, null, { path: '', lineNumber: 1 });
    const [dated] = first.push(header(5, 100, 'INFO', 'Shutting down: Master'), null, {
      path: '',
      lineNumber: 2,
    });
    expect(dated?.at ?? first.flush()[0]?.at).toBe(NOON + 5000);
    const wrapped = new GunicornAssembler();
    wrapped.push(bare, NOON + 9000, { path: '', lineNumber: 1 });
    expect(wrapped.flush()[0]?.at).toBe(NOON + 9000);
  });

  it('lets request lines out when asked', () => {
    const line = '127.0.0.1 - - [20/Nov/2026:12:00:01 +0000] "GET / HTTP/1.1" 500 2 "-" "-"';
    expect(entriesOf([line])).toEqual([]);
    expect(entriesOf([line], true)).toMatchObject([{ at: NOON + 1000, request: { status: 500 } }]);
    const uvicorn = header(2, 101, 'INFO', '127.0.0.1:5 - "GET / HTTP/1.1" 200');
    expect(entriesOf([...START, uvicorn], true).at(-1)).toMatchObject({ request: { status: 200 } });
  });

  it('knows the time of its last line, and how many lines are of no Gunicorn log', () => {
    const assembler = new GunicornAssembler();
    for (const line of [...START, header(7, 101, 'INFO', 'cache miss'), 'hello', 'world']) {
      assembler.push(line, null, { path: '', lineNumber: 0 });
    }
    expect(assembler.lastTime).toBe(NOON + 7000);
    expect(assembler.foreignLines).toBe(2);
  });
});

describe('GunicornAssembler, on any input', () => {
  it('never throws', () => {
    const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('\n')));
    fc.assert(
      fc.property(text, (parts) => {
        entriesOf([...START, ERROR, parts.join(''), header(9, 101, 'INFO', 'x'), parts.join('')]);
      }),
    );
  });

  it('keeps a bounded part of a traceback: its head and its tail', () => {
    const frames = Array.from({ length: 50_000 }, (_, n) => `  File "/srv/a.py", line ${n}, in f`);
    const lines = [ERROR, 'Traceback (most recent call last):', ...frames, 'ValueError: x'];
    const entry = entriesOf([...START, ...lines]).at(-1);
    expect(entry?.traceback.length).toBeLessThanOrEqual(202);
    expect(entry?.traceback.at(-1)).toBe('ValueError: x');
    expect(entry?.traceback.join('').length).toBeLessThan(40_000);
  });

  it.each([
    ['one long line', 'a'.repeat(1_000_000)],
    ['a long header', header(1, 101, 'ERROR', 'x'.repeat(1_000_000))],
    ['brackets', '['.repeat(1_000_000)],
    ['quotes', `127.0.0.1 - - [20/Nov/2026:12:00:01 +0000] "${'" '.repeat(500_000)}`],
    [
      'a deep traceback',
      ['Traceback (most recent call last):', ...Array(60_000).fill('  x')].join('\n'),
    ],
    [
      'headers that nobody vouches for',
      Array(20_000)
        .fill(header(99, 1, 'ERROR', 'Reason: x'))
        .join('\n'),
    ],
    ['JSON', `{"message":"${'\\n'.repeat(500_000)}"`],
  ])('takes linear time for a megabyte of %s', (_, text) => {
    const from = performance.now();
    entriesOf([...START, ERROR, ...ABORT, text], true);
    expect(performance.now() - from).toBeLessThan(1_500);
  });
});
