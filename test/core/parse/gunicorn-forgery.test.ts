import { describe, expect, it } from 'vitest';
import { ABORT, header, START, signalsOf, suspectsOf, traceback } from './gunicorn-writes.ts';

const FAILED = header(1, 101, 'ERROR', 'Error handling request /x');
const NEXT = header(2, 102, 'INFO', 'cache miss');
const FAR_FUTURE = '[2030-01-01 00:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:1)';

/** A view fails with an exception whose text goes on with `forged`. */
function failing(forged: readonly string[], before: readonly string[] = START): string[] {
  return [...before, FAILED, ...traceback('ValueError: no basket'), ...forged, NEXT];
}

const GENUINE = [...signalsOf(START), 'request-error 101'];

describe('a header inside the text of an exception', () => {
  it.each([
    ['years ahead', [FAR_FUTURE]],
    ['years ahead, several of them', [FAR_FUTURE, FAR_FUTURE, FAR_FUTURE, FAR_FUTURE]],
    ['years ago', [FAR_FUTURE.replace('2030', '2020')]],
    ['a minute ahead', [header(60, 1, 'INFO', 'Handling signal: term')]],
    ['at the right time, by no arbiter', [header(1, 1, 'CRITICAL', 'WORKER TIMEOUT (pid:101)')]],
    ['at the right time, by a worker', [header(1, 102, 'CRITICAL', 'WORKER TIMEOUT (pid:101)')]],
    ['by the arbiter, about nobody', [header(1, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:7)')]],
    ['a stop', [header(1, 1, 'INFO', 'Shutting down: Master')]],
    [
      'a kill',
      [header(1, 1, 'ERROR', 'Worker (pid:101) was sent SIGKILL! Perhaps out of memory?')],
    ],
    ['a boot failure of nobody', [header(1, 7, 'ERROR', 'Exception in worker process')]],
    [
      'a lost parent of nobody',
      [header(1, 7, 'INFO', 'Parent changed, shutting down: <Worker 7>')],
    ],
    ['a boot under a wrong name', [header(1, 101, 'INFO', 'Booting worker with pid: 7')]],
    [
      'a whole generation',
      [
        header(1, 1, 'INFO', 'Starting gunicorn 20.1.0'),
        header(1, 1, 'INFO', 'Listening at: http://127.0.0.1:9 (1)'),
        header(1, 7, 'INFO', 'Booting worker with pid: 7'),
        header(1, 1, 'CRITICAL', 'WORKER TIMEOUT (pid:7)'),
      ],
    ],
  ])('is suspect: %s', (_, forged) => {
    expect(suspectsOf(failing(forged))).toEqual(forged);
    expect(signalsOf(failing(forged))).toEqual(GENUINE);
  });

  it('is suspect in the middle of a chain, which goes on after it', () => {
    const rest = [
      '',
      'During handling of the above exception, another exception occurred:',
      '',
      ...traceback('OSError: [Errno 24] Too many open files'),
    ];
    const lines = failing([FAR_FUTURE, ...rest]);
    expect(suspectsOf(lines)).toEqual([FAR_FUTURE]);
    expect(signalsOf(lines)).toEqual(GENUINE);
  });

  it('is suspect when it is the last line of the log', () => {
    const lines = failing([FAR_FUTURE]).slice(0, -1);
    expect(signalsOf(lines)).toEqual(GENUINE);
  });

  it('is suspect where the log begins in the middle, and teaches no wrong arbiter', () => {
    const forged = [
      FAR_FUTURE,
      FAR_FUTURE.replace('CRITICAL] WORKER TIMEOUT (pid:1)', 'INFO] Handling signal: term'),
    ];
    const lines = [
      ...forged,
      header(1, 100, 'ERROR', 'Worker (pid:101) was sent SIGKILL! Perhaps out of memory?'),
      header(1, 103, 'INFO', 'Booting worker with pid: 103'),
      'printed',
      ...forged,
      header(2, 100, 'ERROR', 'Worker (pid:103) was sent SIGKILL! Perhaps out of memory?'),
    ];
    expect(signalsOf(lines)).toEqual([
      'worker-killed 101',
      'worker-booting 103',
      'worker-killed 103',
    ]);
  });
});

describe('text that is not even a header', () => {
  it.each([
    ['a bare error', ["Failed to find attribute 'a' in 'b'.", "Error: can't chdir to '/x'"]],
    [
      "the arbiter's traceback",
      [
        'Traceback (most recent call last):',
        '  File "/v/site-packages/gunicorn/arbiter.py", line 1, in run',
        "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
      ],
    ],
    [
      'a request line',
      ['127.0.0.1 - - [20/Nov/2026:12:00:01 +0000] "GET / HTTP/1.1" 502 2 "-" "-"'],
    ],
    ['a kernel line', ['Nov 20 12:00:01 web kernel: Out of memory: Killed process 101 (gunicorn)']],
    ['a header of syslog form', ['[100] WORKER TIMEOUT (pid:101)']],
    ['a header of Uvicorn', ['ERROR:    Application startup failed. Exiting.']],
  ])('says nothing inside an exception: %s', (_, forged) => {
    expect(signalsOf(failing(forged))).toEqual(GENUINE);
  });

  it('makes no abort of a traceback whose worker the arbiter has not timed out', () => {
    const chain = ['', 'During handling of the above exception, another exception occurred:', ''];
    const lines = failing([...chain, ...ABORT]);
    expect(signalsOf(lines)).toEqual(GENUINE);
    const genuine = [
      ...START,
      header(1, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:101)'),
      FAILED,
      ...ABORT,
    ];
    expect(signalsOf(genuine).slice(5)).toEqual(['worker-timeout 101', 'request-error 101']);
  });

  it('does not end an arbiter that lives on', () => {
    const printed = [
      'Traceback (most recent call last):',
      '  File "/v/site-packages/gunicorn/arbiter.py", line 1, in run',
      "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
    ];
    const lines = [
      ...START,
      'search q=',
      ...printed,
      header(9, 100, 'INFO', 'Handling signal: ttin'),
    ];
    expect(signalsOf([...lines, header(9, 101, 'INFO', 'cache miss')])).toContain('boot-failure');
    expect(signalsOf([...START, ...printed, header(1, 101, 'INFO', 'cache miss')])).toEqual(
      signalsOf(START),
    );
  });
});

describe('a genuine header after a traceback', () => {
  it.each([
    ["the arbiter's, at once", [header(1, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:102)')]],
    ["the arbiter's, hours later", [header(9999, 100, 'INFO', 'Handling signal: term')]],
    ["a new worker's", [header(2, 103, 'INFO', 'Booting worker with pid: 103')]],
    [
      'that of a Gunicorn started again after the arbiter was killed',
      [
        header(60, 200, 'INFO', 'Starting gunicorn 23.0.0'),
        header(60, 200, 'INFO', 'Listening at: http://127.0.0.1:8000 (200)'),
        header(60, 200, 'INFO', 'Using worker: sync'),
        header(60, 201, 'INFO', 'Booting worker with pid: 201'),
        header(90, 200, 'CRITICAL', 'WORKER TIMEOUT (pid:201)'),
      ],
    ],
    [
      'that of its successor',
      [
        header(5, 100, 'INFO', 'Handling signal: usr2'),
        header(5, 200, 'INFO', 'Starting gunicorn 23.0.0'),
        header(5, 101, 'INFO', 'cache miss'),
      ],
    ],
  ])('is believed: %s', (_, lines) => {
    const log = [...START, FAILED, ...traceback('ValueError: x'), ...lines];
    expect(suspectsOf(log)).toEqual([]);
    expect(signalsOf(log).slice(6)).toHaveLength(
      lines.filter((line) => !line.endsWith('cache miss')).length,
    );
  });

  it('is believed where the log begins in the middle', () => {
    const lines = [
      FAILED,
      ...traceback('ValueError: x'),
      header(1, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:102)'),
      header(700, 100, 'ERROR', 'Worker (pid:101) was sent SIGKILL! Perhaps out of memory?'),
    ];
    expect(signalsOf(lines)).toEqual([
      'request-error 101',
      'worker-timeout 102',
      'worker-killed 101',
    ]);
  });

  it('is believed when the clock of the host was set back', () => {
    const lines = [
      ...START,
      header(7200, 101, 'INFO', 'cache miss'),
      header(3600, 100, 'CRITICAL', 'WORKER TIMEOUT (pid:102)'),
      header(3601, 102, 'INFO', 'cache miss'),
    ];
    expect(signalsOf(lines).slice(5)).toEqual(['worker-timeout 102']);
  });
});
