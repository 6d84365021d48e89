import { describe, expect, it } from 'vitest';
import { ALL_EVENTS, filterPatternOf } from '../../core/config/filter-patterns.ts';
import { AppError } from '../../core/errors.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';
import { readSystemLine } from '../../core/observe/signal-system.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { checkGroup, compilePattern, evaluatePattern } from './evaluate-pattern.ts';
import { READINGS } from './pattern.ts';

function passes(role: LogRole, line: string): boolean {
  const { pattern } = filterPatternOf({ role, format: null });
  const results = READINGS.map((reading) => evaluatePattern(pattern ?? '', line, reading));
  expect(new Set(results).size, line).toBe(1);
  return results[0] === true;
}

describe('filterPatternOf', () => {
  const logs = [
    ...LOG_ROLES.map((role) => ({ role, format: null })),
    ...Object.keys(NAMED_FORMATS).map((format) => ({ role: 'access' as const, format })),
  ];

  it('makes patterns that CloudWatch takes, and three of each kind in one group', () => {
    for (const log of logs) {
      const { pattern, requestPattern } = filterPatternOf(log);
      for (const reading of READINGS) {
        expect(() => compilePattern(pattern ?? '', reading)).not.toThrow();
      }
      const filters = [pattern ?? '', requestPattern ?? ''];
      expect(() => checkGroup([...filters, ...filters, ...filters])).not.toThrow();
    }
  });

  it('looks for a failed status in the place the format gives it', () => {
    const of = (format: string) => filterPatternOf({ role: 'access', format }).pattern;
    expect(of('combined')).toBe('%\\x22 [05]0[0249] %');
    expect(of('main')).toBe(of('combined'));
    expect(filterPatternOf({ role: 'access', format: null }).pattern).toBe(of('combined'));
    expect(of('badgateway')).toBe('%\\x22 [05]0[0249] |\\x22 us=\\x5C?\\x22[-0-9,: ]*50[24]%');
    expect(of('$time_iso8601 status=$status; $request')).toBe('% status=[05]0[0249]; %');
    expect(of('$time_iso8601\t$status\t$request')).toBe('%\\x09[05]0[0249]\\x09%');
  });

  it('passes all lines of a format that has nothing beside its status', () => {
    expect(filterPatternOf({ role: 'access', format: '$time_iso8601$status $request' })).toEqual({
      pattern: ALL_EVENTS,
      requestPattern: ALL_EVENTS,
      isPassAll: true,
    });
    expect(filterPatternOf({ role: 'access', format: '$msec → é$status $request' }).isPassAll).toBe(
      true,
    );
  });

  it('counts requests of access logs alone, and does not subscribe the application', () => {
    const counted = LOG_ROLES.filter((role) => {
      return filterPatternOf({ role, format: null }).requestPattern !== null;
    });
    expect(counted).toEqual(['access']);
    expect(filterPatternOf({ role: 'app', format: null }).pattern).toBeNull();
  });

  it('refuses a format without status', () => {
    expect(() => filterPatternOf({ role: 'access', format: '$time_local $request' })).toThrow(
      AppError,
    );
  });
});

describe('the pattern of Gunicorn logs', () => {
  it.each([
    '[2026-11-20 12:17:25 +0000] [4671] [CRITICAL] WORKER TIMEOUT (pid:4685)',
    '[2026-11-20 12:17:25] [4671] [ERROR] Exception in worker process',
    '2026-11-20 12:17:25 [4671] [INFO] Booting worker with pid: 4685',
    '2026-11-20 12:17:25,123 - gunicorn.error - ERROR - Worker (pid:7) was sent SIGKILL!',
    '[20/Nov/2026:12:17:25 +0000] [4671] [ERROR] Error handling request /x',
    '20/Nov/2026:12:17:25 +0000 [4671] [ERROR] Error handling request /x',
    '[2026-11-20 12:17:25 +0000] 4671 CRITICAL WORKER TIMEOUT (pid:4685)',
    '[2026-11-20 12:17:25 +0000] [4671] [ERROR] [Errno 98] error while attempting to bind on address',
    '[4671] WORKER TIMEOUT (pid:4685)',
    'gunicorn.shop.error: [4671] WORKER TIMEOUT (pid:4685)',
    '<27>Nov 20 12:17:25 web gunicorn[4671]: [CRITICAL] WORKER TIMEOUT (pid:4685)',
    'ERROR:gunicorn.error:Exception in worker process',
    'INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)',
    'ERROR:    Application startup failed. Exiting.',
    '{"message": "Booting worker with pid: 7", "level": "INFO"}',
    '{"level":"ERROR","event":"App failed to load."}',
    '{"level":"INFO","msg":"Can\'t connect to (\'127.0.0.1\', 8000)"}',
    '{"log":"[2026-11-20 12:17:25 +0000] [1] [INFO] Booting worker with pid: 7\\n","stream":"stderr"}',
    '{"log":"  File \\"/srv/shop/views.py\\", line 61, in build_pdf\\n","stream":"stderr"}',
    '{"record": {"message": "Worker exiting (pid: 7)"}}',
    'Traceback (most recent call last):',
    '  File "/srv/shop/views.py", line 61, in build_pdf',
    '\treturn render()',
    '    ~~~~~~^^^',
    '  + Exception Group Traceback (most recent call last):',
    ' | ValueError: x',
    'ValueError: x',
    'SystemExit: 1',
    'cafe.models.BadError',
    'During handling of the above exception, another exception occurred:',
    "Error: class uri 'x' invalid or not found:",
    'gunicorn: error: unrecognized arguments: --x',
    'usage: gunicorn [OPTIONS] [APP_MODULE]',
    "Failed to find attribute 'app' in 'shop'.",
    '[Traceback (most recent call last):',
    '127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 502 2 "-" "curl"',
    ' - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 500 2 "-" "curl"',
  ])('passes %s', (line) => {
    expect(passes('gunicorn', line)).toBe(true);
  });

  it.each([
    '127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    ' - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    '- - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    '::1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    'fe80::1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    '2001:db8::1 - - [20/Nov/2026:12:17:25 +0000] "GET /x HTTP/1.1" 200 2 "-" "curl"',
    '127.0.0.1:38104 - "GET /x HTTP/1.1" 200',
    '[2026-11-20 12:17:25 +0000] [4671] [INFO] 127.0.0.1:38104 - "GET /x HTTP/1.1" 200',
    '{"message": "127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] \\"GET / HTTP/1.0\\" 200 18"}',
    '{"log":"127.0.0.1 - - [20/Nov/2026:12:17:25 +0000] \\"GET / HTTP/1.0\\" 200 18\\n"}',
  ])('keeps back %s', (line) => {
    expect(passes('gunicorn', line)).toBe(false);
  });
});

describe('the pattern of system logs', () => {
  const at = 'Nov 20 12:17:25 web';

  it.each([
    `${at} kernel: Out of memory: Killed process 4671 (gunicorn) total-vm:1kB, anon-rss:2kB`,
    `${at} kernel: Memory cgroup out of memory: Kill process 4671 (shop) score 1 or sacrifice child`,
    `${at} kernel: oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/system.slice/a.service,task=shop,pid=7,uid=33`,
    `${at} kernel: shop[7]: segfault at 0 ip 0 sp 0 error 4 in libfoo.so.1[7f2a+1000]`,
    `${at} kernel: traps: shop[7] general protection fault ip:0 sp:0 error:0 in x[1+2]`,
    `${at} systemd[1]: shop.service: Main process exited, code=killed, status=9/KILL`,
    `${at} systemd[1]: Unit shop.service entered failed state.`,
    `${at} systemd[1]: start request repeated too quickly for shop.service`,
    `${at} systemd[1]: Failed to start shop.service - Shop.`,
    `${at} systemd[1]: Failed to start Gunicorn instance to serve the shop.`,
    `${at} systemd[1]: Stopped shop.service.`,
    `${at} systemd[1]: Listening on shop.socket - gunicorn socket.`,
    `${at} systemd-oomd[5]: Killed /system.slice/shop.service due to memory pressure for /system.slice`,
    `${at} earlyoom[5]: sending SIGTERM to process 7 uid 33 "shop": badness 900`,
    'type=AVC msg=audit(1763641045.123:45): avc:  denied  { connectto } for  pid=7 comm="nginx" path="/run/s.sock"',
    `${at} kernel: audit: type=1400 audit(1763641045.123:45): apparmor="DENIED" operation="connect" profile="nginx" pid=7 comm="nginx"`,
    `${at} setroubleshoot[7]: SELinux is preventing /usr/sbin/nginx from name_connect access on the tcp_socket port 8000.`,
    `${at} kubelet[7]: Container shop failed liveness probe, will be restarted`,
    'Warning  BackOff  Back-off restarting failed container',
    'Last State: Terminated Reason: OOMKilled',
    `${at} kubelet[7]: "Killing container with a grace period"`,
    `${at} dockerd[7]: TaskOOM`,
    `${at} gunicorn[7]: [2026-11-20 12:17:25 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)`,
    `${at} shop[7]: [2026-11-20 12:17:25 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:9)`,
  ])('passes what core knows: %s', (line) => {
    expect(readSystemLine(unwrap(line))?.observed ?? null, line).not.toBeNull();
    expect(passes('system', line)).toBe(true);
  });

  it.each([
    `${at} CRON[811]: (root) CMD (test -x /usr/sbin/anacron)`,
    `${at} sshd[7]: Accepted publickey for deploy from 203.0.113.7 port 50200`,
    `${at} systemd[1]: Started Session 12 of User deploy.`,
    `${at} kernel: eth0: link becomes ready`,
  ])('keeps back %s', (line) => {
    expect(passes('system', line)).toBe(false);
  });
});
