import { describe, expect, it } from 'vitest';
import { SIGNAL_INFO } from '../../../core/catalogue/signal-info.ts';
import { SIGNALS, type SignalId } from '../../../core/model.ts';
import { explainedAs } from '../../../core/observe/signal.ts';
import {
  classifyGunicornEntry,
  observeGunicornEntry,
} from '../../../core/observe/signal-gunicorn.ts';
import { ABORT, entriesOf, header, NOON, START, traceback } from '../parse/gunicorn-writes.ts';

const ENTRY_POINT = [
  'Traceback (most recent call last):',
  '  File "/srv/venv/bin/gunicorn", line 8, in <module>',
  '    sys.exit(run())',
  '  File "/srv/venv/lib/python3.12/site-packages/gunicorn/app/base.py", line 72, in run',
  '    Arbiter(self).run()',
];
const SOCKETS =
  '  File "/srv/venv/lib/python3.12/site-packages/gunicorn/sock.py", line 200, in create_sockets';
const RUNNING = [
  'Traceback (most recent call last):',
  '  File "/v/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker',
  '    worker.init_process()',
  '  File "/v/site-packages/gunicorn/workers/gthread.py", line 425, in run',
];
const LOADING = [
  'Traceback (most recent call last):',
  '  File "/v/site-packages/gunicorn/workers/base.py", line 135, in init_process',
  '    self.load_wsgi()',
  '  File "/v/site-packages/gunicorn/workers/base.py", line 147, in load_wsgi',
  '    self.wsgi = self.app.wsgi()',
  '  File "/srv/shop/wsgi.py", line 3, in <module>',
  '    import nosuch',
];

/** What one message by itself means, written by process 7. */
function meaningOf(level: string, message: string, after: readonly string[] = []) {
  const [entry] = entriesOf([header(0, 7, level, message), ...after]);
  return entry ? classifyGunicornEntry(entry) : null;
}

function bareMeaningOf(lines: readonly string[]) {
  const [entry] = entriesOf(lines);
  return entry ? classifyGunicornEntry(entry) : null;
}

type Row = [level: string, message: string, id: SignalId, more?: object];

const ARBITER: readonly Row[] = [
  ['INFO', 'Starting gunicorn 23.0.0', 'starting', { facts: { version: '23.0.0' } }],
  [
    'INFO',
    'Listening at: http://127.0.0.1:8000 (7)',
    'listening',
    { facts: { addresses: ['http://127.0.0.1:8000'] } },
  ],
  [
    'INFO',
    'Listening at: unix:/run/a.sock,http://[::1]:8000 (7)',
    'listening',
    { facts: { addresses: ['unix:/run/a.sock', 'http://[::1]:8000'] } },
  ],
  [
    'INFO',
    'Listening at: http://0.0.0.0:80',
    'listening',
    { facts: { addresses: ['http://0.0.0.0:80'] } },
  ],
  ['INFO', 'Using worker: gthread', 'starting', { facts: { workerClass: 'gthread' } }],
  ['INFO', 'Booting worker with pid: 7', 'worker-booting', { pid: 7 }],
  ['INFO', 'Worker exiting (pid: 7)', 'worker-exiting', { pid: 7 }],
  ['CRITICAL', 'WORKER TIMEOUT (pid:9)', 'worker-timeout', { pid: 9 }],
  [
    'WARNING',
    'Worker with pid 9 was terminated due to signal 9',
    'worker-killed',
    { pid: 9, facts: { signal: 'SIGKILL' } },
  ],
  [
    'WARNING',
    'Worker with pid 9 was terminated due to signal 15',
    'worker-signaled',
    { pid: 9, facts: { signal: 'SIGTERM' } },
  ],
  [
    'ERROR',
    'Worker (pid:9) was sent SIGKILL! Perhaps out of memory?',
    'worker-killed',
    { pid: 9, facts: { signal: 'SIGKILL' } },
  ],
  [
    'WARNING',
    'Worker (pid:9) was sent SIGSEGV!',
    'worker-signaled',
    { pid: 9, facts: { signal: 'SIGSEGV' } },
  ],
  [
    'ERROR',
    'Worker (pid:9) was sent code 40!',
    'worker-signaled',
    { pid: 9, facts: { signal: 'signal 40' } },
  ],
  [
    'WARNING',
    'Worker (pid:9) was sent signal 6!',
    'worker-signaled',
    { pid: 9, facts: { signal: 'SIGABRT' } },
  ],
  [
    'INFO',
    'Worker (pid:9) was sent SIGTERM!',
    'worker-exiting',
    { pid: 9, facts: { signal: 'SIGTERM' } },
  ],
  [
    'ERROR',
    'Worker (pid:9) exited with code 1',
    'worker-exited',
    { pid: 9, facts: { exitCode: 1 } },
  ],
  [
    'ERROR',
    'Worker (pid:9) exited with code 255.',
    'worker-exited',
    { pid: 9, facts: { exitCode: 255 } },
  ],
  [
    'ERROR',
    'Worker (pid:9) exited with code 3',
    'boot-failure',
    { pid: 9, facts: { exitCode: 3 } },
  ],
  [
    'ERROR',
    'Worker (pid:9) exited with code 4.',
    'boot-failure',
    { pid: 9, facts: { exitCode: 4 } },
  ],
  ['INFO', 'Shutting down: Master', 'stopping'],
  ['ERROR', 'Shutting down: Master.2', 'stopping'],
  [
    'ERROR',
    'Reason: Worker failed to boot.',
    'boot-failure',
    { facts: { reason: 'Worker failed to boot.' } },
  ],
  [
    'INFO',
    'Reason: App failed to load.',
    'boot-failure',
    { facts: { reason: 'App failed to load.' } },
  ],
  ['INFO', 'Handling signal: term', 'stopping', { facts: { signal: 'SIGTERM' } }],
  ['INFO', 'Handling signal: int', 'stopping', { facts: { signal: 'SIGINT' } }],
  ['INFO', 'Handling signal: quit', 'stopping', { facts: { signal: 'SIGQUIT' } }],
  ['INFO', 'Handling signal: hup', 'reloading', { facts: { signal: 'SIGHUP' } }],
  ['INFO', 'Handling signal: usr2', 'reloading', { facts: { signal: 'SIGUSR2' } }],
  ['INFO', 'Hang up: Master', 'reloading'],
  ['INFO', 'Quick shutdown requested', 'stopping'],
  ['INFO', 'graceful stop of workers', 'stopping'],
  ['INFO', 'Master has been promoted.', 'reloading'],
  ['ERROR', 'Unhandled signal: cld', 'unhandled-signal', { facts: { signal: 'cld' } }],
  ['ERROR', 'Unhandled exception in main loop', 'boot-failure'],
  [
    'ERROR',
    "Connection in use: ('127.0.0.1', 8000)",
    'bind-failure',
    { facts: { addresses: ['127.0.0.1:8000'], reason: 'address in use' } },
  ],
  ['ERROR', 'Retrying in 1 second.', 'bind-failure'],
  [
    'ERROR',
    "Can't connect to ('127.0.0.1', 8000)",
    'bind-failure',
    { facts: { addresses: ['127.0.0.1:8000'] } },
  ],
  [
    'ERROR',
    "Can't connect to /run/shop.sock",
    'bind-failure',
    { facts: { addresses: ['unix:/run/shop.sock'] } },
  ],
  [
    'ERROR',
    "Invalid address: ('203.0.113.9', 8000)",
    'bind-failure',
    { facts: { addresses: ['203.0.113.9:8000'], reason: 'no such address on this host' } },
  ],
  [
    'ERROR',
    "connection to ('::1', 8000, 0, 0) failed: [Errno 98] Address already in use",
    'bind-failure',
    { facts: { addresses: ['[::1]:8000'], reason: '[Errno 98] Address already in use' } },
  ],
  [
    'DEBUG',
    "connection to /run/a.sock failed: [Errno 1] Operation not permitted: '/run/a.sock'",
    'bind-failure',
  ],
];

const WORKERS: readonly Row[] = [
  ['ERROR', 'Exception in worker process', 'boot-failure'],
  ['ERROR', 'Exception in worker process:', 'boot-failure'],
  ['DEBUG', 'Exception while loading the application', 'boot-failure'],
  [
    'ERROR',
    'Error handling request (no URI read)',
    'request-error',
    { facts: { isNoUriRead: true } },
  ],
  ['ERROR', 'Error handling request /x?a=1', 'request-error', { facts: { uri: '/x?a=1' } }],
  [
    'ERROR',
    'Error handling request GET /x',
    'request-error',
    { facts: { method: 'GET', uri: '/x' } },
  ],
  ['ERROR', 'Error handling request', 'request-error', { facts: {} }],
  ['ERROR', 'Socket error processing request.', 'request-error'],
  [
    'WARNING',
    "Invalid request from ip=127.0.0.1: Invalid HTTP method: '\\x16'",
    'request-invalid',
    { facts: { reason: 'Invalid HTTP method' } },
  ],
  [
    'DEBUG',
    'Invalid request from ip=: Request Line is too large (7771 > 4094)',
    'request-invalid',
    { facts: { reason: 'Request Line is too large (7771 > 4094)' } },
  ],
  ['INFO', 'Autorestarting worker after current request.', 'worker-recycling'],
  ['INFO', 'Parent changed, shutting down: <Worker 7>', 'parent-changed'],
  ['WARNING', 'Worker graceful timeout (pid:7)', 'worker-exiting'],
  ['INFO', 'Worker reloading: /srv/shop/views.py modified', 'reloading'],
  ['INFO', 'Worker shutting down...', 'worker-exiting'],
  ['WARNING', 'Forcing close of 3 connections', 'worker-exiting'],
  ['ERROR', 'ASGI lifespan startup failed: no database', 'boot-failure'],
  ['ERROR', 'No servers could be started', 'bind-failure'],
  ['ERROR', 'Error in ASGI application', 'request-error'],
  ['ERROR', 'Worker exception: boom', 'worker-exited'],
  ['ERROR', 'Exception in ASGI application', 'request-error'],
  ['ERROR', 'ASGI callable returned without starting response.', 'request-error'],
  ['ERROR', 'Application startup failed. Exiting.', 'boot-failure'],
  [
    'INFO',
    'Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)',
    'listening',
    { facts: { addresses: ['http://0.0.0.0:8000'] } },
  ],
  [
    'INFO',
    'Uvicorn running on unix socket /run/a.sock (Press CTRL+C to quit)',
    'listening',
    { facts: { addresses: ['unix:/run/a.sock'] } },
  ],
  ['INFO', 'Child process [9] died', 'worker-exited', { pid: 9 }],
];

describe('what one message means', () => {
  it.each([...ARBITER, ...WORKERS])('[%s] %s is %s', (...row: Row) => {
    const [level, message, id, more] = row;
    expect(meaningOf(level, message)).toMatchObject({ id, ...more });
  });

  it.each([
    ['INFO', 'Handling signal: usr1'],
    ['INFO', 'Handling signal: ttin'],
    ['INFO', 'Handling signal: ttou'],
    ['INFO', 'Handling signal: winch'],
    ['INFO', 'Ignoring unknown signal: 40'],
    ['WARNING', 'USR2 signal ignored. Child exists.'],
    ['DEBUG', 'Ignoring EPIPE'],
    ['DEBUG', 'Closing connection.'],
    ['DEBUG', 'Failed to send error message.'],
    ['INFO', 'Control socket listening at /root/.gunicorn/gunicorn.ctl'],
    ['WARNING', 'Failed to start control socket: x'],
    ['ERROR', 'Exception in post_request hook'],
    ['INFO', 'Started server process [7]'],
    ['INFO', 'Application startup complete.'],
    ['INFO', 'ASGI server listening on http://127.0.0.1:8000'],
    ['INFO', 'connection to db-1 failed: [Errno 111] Connection refused'],
    ['ERROR', "Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)"],
    ['ERROR', 'Invalid address: Main Street 1'],
    ['INFO', 'Shutting down the oven'],
    ['ERROR', 'out of stock'],
  ])('[%s] %s says nothing', (level, message) => {
    expect(meaningOf(level, message)).toBeNull();
  });
});

describe('what a traceback adds', () => {
  it('names the exception and the frame of the application', () => {
    const entry = meaningOf(
      'ERROR',
      'Error handling request /x',
      traceback('ValueError: no\nmore'),
    );
    expect(entry?.facts).toEqual({
      uri: '/x',
      exception: 'ValueError: no',
      frame: 'show, /srv/shop/views.py:12',
    });
  });

  it('tells a worker that the arbiter aborted', () => {
    const observed = meaningOf('ERROR', 'Error handling request POST /pdf', ABORT);
    expect(observed).toEqual({
      id: 'request-error',
      facts: {
        method: 'POST',
        uri: '/pdf',
        exception: 'SystemExit: 1',
        frame: 'build_pdf, /srv/shop/views.py:61',
        isAbort: true,
      },
    });
    expect(explainedAs({ id: 'request-error', facts: { isAbort: true } })).toBe('worker-timeout');
    expect(explainedAs({ id: 'request-error', facts: {} })).toBe('request-error');
  });

  it('tells an abort from a stop and from an exit of the application', () => {
    const quit = ABORT.map((line) =>
      line.replace('handle_abort', 'handle_quit').replace(': 1', ': 0'),
    );
    expect(meaningOf('ERROR', 'Error handling request /x', quit)?.facts?.isAbort).toBeUndefined();
    const exit = meaningOf('ERROR', 'Error handling request /x', traceback('SystemExit: 1'));
    expect(exit?.facts?.isAbort).toBeUndefined();
  });

  it.each([
    ['Exception in worker process', [...RUNNING, 'OSError: [Errno 24] Too many open files']],
    ['Socket error processing request.', traceback('OSError: [Errno 24] Too many open files')],
    ['Error handling request /x', traceback('OSError: [Errno 23] Too many open files in system')],
  ])('%s without file descriptors is fd-exhausted', (message, lines) => {
    expect(meaningOf('ERROR', message, lines)?.id).toBe('fd-exhausted');
  });

  it('tells a worker that crashed from one that never came up', () => {
    const crash = meaningOf('ERROR', 'Exception in worker process', [...RUNNING, 'ValueError: x']);
    expect(crash).toEqual({ id: 'worker-exited', facts: { exception: 'ValueError: x' } });
    const boot = meaningOf('ERROR', 'Exception in worker process', [
      ...LOADING,
      "ModuleNotFoundError: No module named 'nosuch'",
      "No module named 'nosuch'",
    ]);
    expect(boot).toEqual({
      id: 'boot-failure',
      facts: {
        exception: "ModuleNotFoundError: No module named 'nosuch'",
        frame: '<module>, /srv/shop/wsgi.py:3',
      },
    });
  });

  it('shows the place of a syntax error', () => {
    const lines = [
      ...LOADING.slice(0, 5),
      '  File "/srv/shop/app.py", line 9',
      '    if:',
      '      ^',
    ];
    const observed = meaningOf('ERROR', 'Exception in worker process', [
      ...lines,
      'SyntaxError: invalid syntax',
    ]);
    expect(observed?.facts).toEqual({
      exception: 'SyntaxError: invalid syntax',
      frame: '/srv/shop/app.py:9',
    });
  });

  it('takes an exception logged by its own text for a failed load, when it is one', () => {
    const lines = [...LOADING, 'SyntaxError: invalid syntax'];
    expect(meaningOf('ERROR', 'invalid syntax (app.py, line 54)', lines)?.id).toBe('boot-failure');
    expect(meaningOf('ERROR', 'could not render', lines)).toBeNull();
  });

  it('reads the exception inside an exception group', () => {
    const lines = [
      '  + Exception Group Traceback (most recent call last):',
      '  |   File "/srv/shop/asgi.py", line 4, in app',
      '  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)',
      '  +-+---------------- 1 ----------------',
      '    | Traceback (most recent call last):',
      '    |   File "/srv/shop/asgi.py", line 9, in work',
      '    | ValueError: inner',
      '    +------------------------------------',
    ];
    expect(meaningOf('ERROR', 'Exception in ASGI application', lines)?.facts).toEqual({
      exception: 'ValueError: inner',
      frame: 'work, /srv/shop/asgi.py:9',
    });
  });
});

describe('what standard error says without a header', () => {
  it.each([
    ["Failed to find attribute 'nope' in 'app'.", 'boot-failure'],
    ['Application object must be callable.', 'boot-failure'],
    ["Failed to parse 'a b' as an attribute name or function call.", 'boot-failure'],
    ["Error: class uri 'gevent' invalid or not found: ", 'config-error'],
    [
      "Error: '/p/e.log' isn't writable [FileNotFoundError(2, 'No such file or directory')]",
      'config-error',
    ],
    ["Error: Error: '/p/e.log' isn't writable [FileNotFoundError(2)]", 'config-error'],
    ["Error: /run/x doesn't exist. Can't create pidfile.", 'config-error'],
    ["Error: Already running on PID 7 (or pid file '/run/x.pid' is stale)", 'config-error'],
    ["Error: '/srv/gunicorn.conf.py' doesn't exist", 'config-error'],
    ['Error: Invalid value for workers: abc', 'config-error'],
    ["Error: can't chdir to '/x'", 'config-error'],
    ["Error: No such user: 'x'", 'config-error'],
    ['Error: No application module specified.', 'config-error'],
    ['Failed to read config file: /srv/gunicorn.conf.py', 'config-error'],
    ['gunicorn: error: unrecognized arguments: --x', 'config-error'],
    ['usage: gunicorn [OPTIONS] [APP_MODULE]', 'config-error'],
    ["ModuleNotFoundError: No module named 'shop'", 'boot-failure'],
    ["gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>", 'boot-failure'],
    ['SyntaxError: invalid syntax', 'boot-failure'],
    ["ValueError: '/p' is not a socket", 'bind-failure'],
    ['OSError: [Errno 98] Address already in use', 'bind-failure'],
    ['OSError: [Errno 24] Too many open files', 'fd-exhausted'],
    ['SystemExit: 1', 'request-error'],
  ])('%s is %s', (line, id) => {
    expect(bareMeaningOf([line])?.id).toBe(id);
  });

  it.each([
    'Error: card declined',
    'ValueError: no basket',
    'Internal Server Error: /x',
    'hello',
    'Warning: slow query',
  ])('%s says nothing', (line) => {
    expect(bareMeaningOf([line])).toBeNull();
  });

  it.each([
    ['--preload', ["ModuleNotFoundError: No module named 'x'"], 'boot-failure'],
    [
      'HaltServer',
      ["gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>"],
      'boot-failure',
    ],
    [
      'a file where the socket should be',
      [SOCKETS, "ValueError: '/p' is not a socket"],
      'bind-failure',
    ],
    [
      'no right to the port',
      [SOCKETS, 'PermissionError: [Errno 13] Permission denied'],
      'bind-failure',
    ],
    ['a certificate', [SOCKETS, 'ValueError: certfile "/p" does not exist'], 'config-error'],
  ])("the arbiter's traceback for %s", (_, end, id) => {
    expect(bareMeaningOf([...ENTRY_POINT, ...end])?.id).toBe(id);
  });

  it("takes the application's own traceback for nothing", () => {
    const lines = [
      'Traceback (most recent call last):',
      '  File "/srv/a.py", line 1, in f',
      'E: x',
    ];
    expect(bareMeaningOf(lines)).toBeNull();
  });

  it('gives the reason of a usage error, and the exception inside of a class that cannot be loaded', () => {
    const usage = [
      'usage: gunicorn [OPTIONS] [APP_MODULE]',
      "gunicorn: error: invalid int value: 'a'",
    ];
    expect(bareMeaningOf(usage)?.facts?.reason).toBe("invalid int value: 'a'");
    const missing = [
      "Error: class uri 'gevent' invalid or not found: ",
      '',
      '[Traceback (most recent call last):',
      '  File "/v/site-packages/gunicorn/util.py", line 99, in load_class',
      "ModuleNotFoundError: No module named 'gevent'",
      ']',
    ];
    expect(bareMeaningOf(missing)?.facts?.exception).toBe(
      "ModuleNotFoundError: No module named 'gevent'",
    );
  });

  it('reads the thread of gthread that died with its request', () => {
    const lines = ['Exception in worker', ...traceback('SystemExit: 7')];
    expect(bareMeaningOf(lines)).toMatchObject({
      id: 'request-error',
      facts: { exception: 'SystemExit: 7', frame: 'show, /srv/shop/views.py:12' },
    });
    expect(entriesOf([...START, ...lines, ...lines]).slice(-2)).toHaveLength(2);
  });
});

describe('observeGunicornEntry', () => {
  it('says who is meant, who wrote it, when and where', () => {
    const line = header(5, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:101)');
    const entry = entriesOf([...START, line]).at(-1);
    if (!entry) throw new Error('no entry');
    expect(observeGunicornEntry(entry, { host: 'web-1' })).toEqual({
      kind: 'signal',
      id: 'worker-timeout',
      at: NOON + 5000,
      host: 'web-1',
      role: 'gunicorn',
      pid: 101,
      emitter: 100,
      unit: null,
      facts: {},
      origin: { path: 'gunicorn.log', lineNumber: 6 },
      line,
    });
  });

  it('takes the zone of a log that has none from its context', () => {
    const [entry] = entriesOf(['2026-11-20 12:00:00 [7] [CRITICAL] WORKER TIMEOUT (pid:9)']);
    if (!entry) throw new Error('no entry');
    const localOffsetMs = 2 * 3_600_000;
    expect(observeGunicornEntry(entry, { host: 'h' })?.at).toBe(NOON);
    expect(observeGunicornEntry(entry, { host: 'h', localOffsetMs })?.at).toBe(
      NOON - localOffsetMs,
    );
  });

  it('needs a time from somewhere', () => {
    const [entry] = entriesOf(['Application object must be callable.']);
    if (!entry) throw new Error('no entry');
    expect(observeGunicornEntry(entry, { host: 'h' })).toBeNull();
    expect(observeGunicornEntry(entry, { host: 'h', undatedAt: NOON })?.at).toBe(NOON);
  });
});

describe('SIGNAL_INFO', () => {
  it('has a title, a rule and a source for every signal', () => {
    expect(Object.keys(SIGNAL_INFO).sort()).toEqual([...SIGNALS].sort());
    for (const info of Object.values(SIGNAL_INFO)) {
      expect(info.title && info.rule && info.source).toBeTruthy();
      expect(info.title.endsWith('.')).toBe(false);
    }
  });
});
