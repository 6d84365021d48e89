import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGunicornLine } from '../../../core/parse/gunicorn-error.ts';
import { isQuietGunicornLine } from '../../../core/parse/gunicorn-header.ts';

const AT = Date.UTC(2026, 10, 20, 12, 17, 25);
const TIMEOUT = 'WORKER TIMEOUT (pid:4685)';

describe('parseGunicornLine', () => {
  it.each([
    ['the default of 19 to 27', `[2026-11-20 12:17:25 +0000] [4671] [CRITICAL] ${TIMEOUT}`, {}],
    ['another zone', `[2026-11-20 07:17:25 -0500] [4671] [CRITICAL] ${TIMEOUT}`, {}],
    ['a zone with a colon', `[2026-11-20 13:17:25 +01:00] [4671] [CRITICAL] ${TIMEOUT}`, {}],
    ['no zone', `[2026-11-20 12:17:25] [4671] [CRITICAL] ${TIMEOUT}`, { isLocal: true }],
    ['Gunicorn up to 19.1', `2026-11-20 12:17:25 [4671] [CRITICAL] ${TIMEOUT}`, { isLocal: true }],
    [
      'milliseconds',
      `[2026-11-20 12:17:25,123] [4671] [CRITICAL] ${TIMEOUT}`,
      { isLocal: true, at: AT + 123 },
    ],
    [
      'milliseconds and a zone',
      `[2026-11-20 12:17:25,123 +0000] [4671] [CRITICAL] ${TIMEOUT}`,
      { at: AT + 123 },
    ],
    ['ISO 8601', `2026-11-20T12:17:25.123456Z [4671] [CRITICAL] ${TIMEOUT}`, { at: AT + 123 }],
    ['the time of access logs', `[20/Nov/2026:12:17:25 +0000] [4671] [CRITICAL] ${TIMEOUT}`, {}],
    ['no level', `[2026-11-20 12:17:25 +0000] [4671] ${TIMEOUT}`, { level: null }],
    ['no pid', `[2026-11-20 12:17:25 +0000] [CRITICAL] ${TIMEOUT}`, { pid: null }],
    ['level before pid', `[2026-11-20 12:17:25 +0000] [CRITICAL] [4671] ${TIMEOUT}`, {}],
    [
      'logger and line number with the pid',
      `2026-11-20 12:17:25 [4671:gunicorn.error:253] [CRITICAL] ${TIMEOUT}`,
      { isLocal: true, logger: 'gunicorn.error' },
    ],
    [
      'the form of many tutorials',
      `2026-11-20 12:17:25,000 - gunicorn.error - CRITICAL - ${TIMEOUT}`,
      { isLocal: true, pid: null, logger: 'gunicorn.error' },
    ],
    [
      'level and logger as words',
      `2026-11-20 12:17:25,000 CRITICAL ${TIMEOUT}`,
      { isLocal: true, pid: null },
    ],
    [
      'logging.basicConfig',
      `CRITICAL:gunicorn.error:${TIMEOUT}`,
      { at: null, pid: null, logger: 'gunicorn.error', form: 'bare' },
    ],
    ['Uvicorn', `CRITICAL:  ${TIMEOUT}`, { at: null, pid: null, form: 'bare' }],
    ['syslog', `[4671] ${TIMEOUT}`, { at: null, level: null, form: 'bare' }],
    [
      'syslog with its prefix',
      `gunicorn.shop.error: [4671] ${TIMEOUT}`,
      { at: null, level: null, logger: 'gunicorn.shop.error', form: 'bare' },
    ],
  ])('reads %s', (_, line, differs) => {
    expect(parseGunicornLine(line)).toEqual({
      at: AT,
      isLocal: false,
      pid: 4671,
      level: 'CRITICAL',
      logger: null,
      message: TIMEOUT,
      stack: null,
      form: 'stamped',
      ...differs,
    });
  });

  it.each([
    'Traceback (most recent call last):',
    '  File "/srv/shop/views.py", line 61, in build_pdf',
    'ValueError: [2026-11-20 12:17:25 +0000]',
    '127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] "GET / HTTP/1.1" 200 2 "-" "curl"',
    'Error: class uri',
    'Error handling request /x',
    '[Errno 24] Too many open files',
    '[2026-02-31 12:17:25 +0000] [1] [INFO] no such day',
    '[]',
    '',
  ])('finds no header in %j', (line) => {
    expect(parseGunicornLine(line)).toBeNull();
  });

  it('takes a message that begins like a level for a message', () => {
    const line = '[2026-11-20 12:17:25 +0000] [7] Error handling request /x';
    expect(parseGunicornLine(line)?.message).toBe('Error handling request /x');
  });

  it('keeps brackets that belong to the message', () => {
    const line = '[2026-11-20 12:17:25 +0000] [7] [ERROR] [shop] [12] no stock';
    expect(parseGunicornLine(line)).toMatchObject({ pid: 7, message: '[shop] [12] no stock' });
  });

  it.each([
    [
      'python-json-logger',
      '{"asctime": "2026-11-20 12:17:25 +0000", "levelname": "CRITICAL", "process": 4671, "name": "gunicorn.error", "message": "WORKER TIMEOUT (pid:4685)"}',
    ],
    [
      'structlog',
      '{"event":"WORKER TIMEOUT (pid:4685)","level":"critical","timestamp":"2026-11-20T12:17:25Z","logger":"gunicorn.error","pid":4671}',
    ],
    [
      'ECS',
      '{"@timestamp":"2026-11-20T12:17:25.000Z","log.level":"critical","log.logger":"gunicorn.error","process":{"pid":4671},"message":"WORKER TIMEOUT (pid:4685)"}',
    ],
    [
      'epoch seconds',
      '{"ts":1795177045,"severity":"CRITICAL","pid":"4671","logger":"gunicorn.error","msg":"WORKER TIMEOUT (pid:4685)"}',
    ],
  ])('reads JSON of %s', (_, line) => {
    expect(parseGunicornLine(line)).toEqual({
      at: AT,
      isLocal: false,
      pid: 4671,
      level: 'CRITICAL',
      logger: 'gunicorn.error',
      message: TIMEOUT,
      stack: null,
      form: 'json',
    });
  });

  it('takes the traceback out of a JSON field', () => {
    const line =
      '{"message":"Error handling request /x","levelname":"ERROR","exc_info":"Traceback (most recent call last):\\n  File \\"/srv/a.py\\", line 1, in f\\nValueError: \\u00e9"}';
    expect(parseGunicornLine(line)?.stack).toBe(
      'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\nValueError: \xc3\xa9',
    );
  });

  it('never throws, on any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseGunicornLine(text);
        parseGunicornLine(`[2026-11-20 12:17:25 +0000] ${text}`);
        parseGunicornLine(`{${text}`);
      }),
    );
  });
});

describe('isQuietGunicornLine', () => {
  it.each([
    ['[INFO] cache miss key=lamp:1', true],
    ['[DEBUG] GET /', true],
    ['[INFO] Waiting for application startup.', true],
    ['[INFO] Started server process [7]', true],
    ['[INFO] Booting worker with pid: 7', false],
    ['[DEBUG] Invalid request from ip=127.0.0.1: x', false],
    ['[INFO] 127.0.0.1:38104 - "GET /x HTTP/1.1" 200', false],
    ['[ERROR] cache miss key=lamp:1', false],
    ['[WARNING] slow', false],
    ['INFO cache miss', false],
  ])('of %s is %s', (rest, isQuiet) => {
    expect(isQuietGunicornLine(`[2026-11-20 12:17:25 +0000] [7] ${rest}`)).toBe(isQuiet);
  });
});
