import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseRole } from '../../core/recognise-role.ts';

const ERROR =
  '2026/11/20 14:02:41 [error] 7#7: *4 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: , request: "GET / HTTP/1.1"';
const ACCESS = '10.0.0.1 - - [20/Nov/2026:14:02:41 +0000] "GET / HTTP/1.1" 502 157 "-" "curl"';
const GUNICORN = '[2026-11-20 14:02:40 +0000] [3430] [CRITICAL] WORKER TIMEOUT (pid:3438)';
const SYSTEMD = 'Nov 20 14:02:41 web-1 systemd[1]: shop.service: Main process exited';
const KERNEL = 'Nov 20 14:02:41 web-1 kernel: Out of memory: Killed process 9 (gunicorn)';

describe('recogniseRole', () => {
  it.each([
    ['error', ERROR],
    ['error', '2026/11/20 14:02:41 [notice] 1#1: using the "epoll" event method'],
    ['error', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)'],
    ['error', `Nov 20 14:02:41 web-1 nginx: ${ERROR}`],
    [
      'error',
      JSON.stringify({ log: `${ERROR}\n`, stream: 'stderr', time: '2026-11-20T14:02:41Z' }),
    ],
    ['access', ACCESS],
    ['access', `shop.example ${ACCESS}`],
    ['access', '::1 - bob smith [20/Nov/2026:14:02:41 +0100] "-" 400 0 "-" "-"'],
    ['access', '10.0.0.1 - - [2026-11-20T14:02:41+00:00] "GET / HTTP/1.1" 502 157'],
    ['access', '{"time":"2026-11-20T14:02:41+00:00","status":"502","request":"GET / HTTP/1.1"}'],
    ['access', `nginx-1  | ${ACCESS}`],
    ['gunicorn', GUNICORN],
    ['gunicorn', `Nov 20 14:02:41 web-1 gunicorn[3430]: ${GUNICORN}`],
    ['gunicorn', ' - - [20/Nov/2026:14:02:41 +0000] "GET / HTTP/1.0" 200 2 "-" "curl"'],
    ['gunicorn', '- - - [20/Nov/2026:14:02:41 +0000] "GET / HTTP/1.0" 200 2 "-" "curl"'],
    ['gunicorn', '2013-08-11 10:34:56 [8563] [ERROR] Error handling request'],
    ['gunicorn', '  File "/venv/lib/python3.8/site-packages/gunicorn/arbiter.py", line 5, in x'],
    ['gunicorn', 'INFO:     127.0.0.1:38104 - "GET /x HTTP/1.1" 200 OK'],
    ['gunicorn', '127.0.0.1:38104 - "GET /x HTTP/1.1" 200'],
    ['gunicorn', '{"level":"info","logger":"gunicorn.error","message":"Starting gunicorn 23.0.0"}'],
    ['system', SYSTEMD],
    ['system', KERNEL],
    ['system', '[12345.678901] Out of memory: Killed process 9 (gunicorn)'],
    ['system', '2026-11-20T14:02:41+0000 web-1 kernel: oom-kill:constraint=CONSTRAINT_NONE'],
    ['system', 'type=AVC msg=audit(1795183361.123:42): avc:  denied  { name_connect } for  pid=9'],
    ['system', 'Nov 20 14:02:41 web-1 sshd[1]: Accepted publickey'],
  ])('takes for %s: %s', (role, line) => {
    expect(recogniseRole([line])).toBe(role);
  });

  it.each([
    ['a program', 'import os'],
    ['a bare traceback', 'Traceback (most recent call last):'],
    ['a spreadsheet', 'date,status,count'],
    ["an application's JSON", '{"level":"info","logger":"shop.views","message":"ok"}'],
  ])('does not know %s', (_name, line) => {
    expect(recogniseRole([line, line])).toBeNull();
  });

  it('is not fooled by a client who writes like another log', () => {
    const forged = (text: string): string =>
      ACCESS.replace('GET /', `GET /${text}`).replace('curl', text);
    expect(recogniseRole([forged(ERROR), forged(GUNICORN), forged(SYSTEMD)])).toBe('access');
    expect(recogniseRole([ERROR.replace('GET /', `GET /${ACCESS}`)])).toBe('error');
    expect(recogniseRole([GUNICORN.replace('WORKER', ERROR)])).toBe('gunicorn');
    expect(recogniseRole([`custom "${ACCESS}"`])).toBeNull();
  });

  it('lets most lines decide, and the name where they are even', () => {
    expect(recogniseRole([ACCESS, ACCESS, ERROR])).toBe('access');
    expect(recogniseRole([ACCESS, ERROR], '/var/log/nginx/error.log')).toBe('error');
    expect(recogniseRole([ACCESS, ACCESS, ERROR], 'error.log')).toBe('access');
    expect(recogniseRole([ACCESS, ERROR, ERROR], 'docker.log')).toBe('access');
    expect(recogniseRole([GUNICORN, GUNICORN, SYSTEMD])).toBe('gunicorn');
  });

  it("tells Gunicorn's access log by the lines beside it or by its name", () => {
    expect(recogniseRole([GUNICORN, ACCESS, ACCESS, ACCESS])).toBe('gunicorn');
    expect(recogniseRole([ACCESS], 'logs/gunicorn-access.log')).toBe('gunicorn');
    expect(recogniseRole([ACCESS], '/srv/gunicorn/access.log')).toBe('access');
    expect(recogniseRole([`nginx-1  | ${ACCESS}`, `nginx-1  | ${ACCESS}`, GUNICORN])).toBe(
      'access',
    );
  });

  it('goes by the name of an empty file, and by nothing else', () => {
    expect(recogniseRole([], 'error.log')).toBe('error');
    expect(recogniseRole(['', ' '], 'gunicorn-error.log')).toBe('gunicorn');
    expect(recogniseRole([], 'kern.log')).toBe('system');
    expect(recogniseRole([])).toBeNull();
    expect(recogniseRole(['garbage'], 'error.log')).toBeNull();
    expect(recogniseRole(["Error: '/x.py' doesn't exist"], 'gunicorn.log')).toBe('gunicorn');
  });

  it('never throws, and takes linear time', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (lines, name) => {
        recogniseRole(lines, name);
      }),
    );
    recogniseRole(new Array(300).fill('['.repeat(1_000_000)));
    recogniseRole(new Array(300).fill('{"a":'.repeat(200_000)));
  });

  it('knows every recorded log of the lab', () => {
    const lab = join(import.meta.dirname, '../fixtures/lab');
    const names = existsSync(lab) ? readdirSync(lab, { recursive: true, encoding: 'utf8' }) : [];
    const roles = {
      'gunicorn-access.log': 'gunicorn',
      'access.log': 'access',
      'error.log': 'error',
      'gunicorn.log': 'gunicorn',
    };
    for (const name of names) {
      // A format of somebody's own, told with --log-format, has no shape to be known by.
      if (name.startsWith('format-terse/')) continue;
      const role = Object.entries(roles).find(([file]) => name.endsWith(`/${file}`))?.[1];
      if (role === undefined) continue;
      const lines = readFileSync(join(lab, name), 'latin1').split('\n').slice(0, 200);
      expect([name, recogniseRole(lines, name)]).toEqual([name, role]);
    }
  });
});
