import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignalId } from '../../../core/model.ts';
import {
  classifySystemLine,
  observeSystemLine,
  readSystemLine,
  SystemObserver,
} from '../../../core/observe/signal-system.ts';
import { unwrap } from '../../../core/parse/envelope.ts';
import { parseSystemLine } from '../../../core/parse/system.ts';

const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);

function meaningOf(tag: string | null, text: string) {
  return classifySystemLine(parseSystemLine({ tag, text, pid: null, at: NOON }));
}

type Row = [text: string, id: SignalId, more?: object];
const UNIT = 'shop.service';

const SYSTEMD: readonly Row[] = [
  [
    'Main process exited, code=exited, status=1/FAILURE',
    'unit-failed',
    { facts: { reason: '1/FAILURE', exitCode: 1 } },
  ],
  [
    'Main process exited, code=exited, status=3/NOTIMPLEMENTED',
    'unit-failed',
    { facts: { reason: '3/NOTIMPLEMENTED', exitCode: 3 } },
  ],
  [
    'Main process exited, code=exited, status=4/NOPERMISSION',
    'unit-failed',
    { facts: { reason: '4/NOPERMISSION', exitCode: 4 } },
  ],
  ['Main process exited, code=exited, status=255/n/a', 'unit-failed', { facts: { exitCode: 255 } }],
  [
    'Main process exited, code=exited, status=203/EXEC',
    'unit-failed',
    { facts: { reason: '203/EXEC' } },
  ],
  ['Main process exited, code=exited, status=0/SUCCESS', 'unit-stopped'],
  [
    'Main process exited, code=killed, status=9/KILL',
    'unit-failed',
    { facts: { reason: '9/KILL', signal: 'SIGKILL' } },
  ],
  ['Main process exited, code=killed, status=15/TERM', 'unit-stopped'],
  [
    'Main process exited, code=dumped, status=11/SEGV',
    'unit-failed',
    { facts: { signal: 'SIGSEGV' } },
  ],
  ['main process exited, code=exited, status=1/FAILURE', 'unit-failed'],
  ['Control process exited, code=exited, status=1/FAILURE', 'unit-failed'],
  ["Failed with result 'exit-code'.", 'unit-failed', { facts: { reason: 'exit-code' } }],
  ["Failed with result 'oom-kill'.", 'unit-failed', { facts: { reason: 'oom-kill' } }],
  ["Failed with result 'start-limit-hit'.", 'unit-start-limit'],
  [
    'Start request repeated too quickly.',
    'unit-start-limit',
    { facts: { reason: 'start-limit-hit' } },
  ],
  [
    'Scheduled restart job, restart counter is at 5.',
    'unit-started',
    { facts: { reason: 'restart 5' } },
  ],
  ['Service hold-off time over, scheduling restart.', 'unit-started'],
  [
    'A process of this unit has been killed by the OOM killer.',
    'oom-kill',
    { facts: { reason: 'oom-kill' } },
  ],
  ['Process(es) of control group were killed by systemd-oomd.', 'oom-kill'],
  [
    "State 'stop-sigterm' timed out. Killing.",
    'unit-stopped',
    { facts: { reason: 'stop-sigterm timed out' } },
  ],
  [
    'Killing process 4685 (gunicorn) with signal SIGKILL.',
    'unit-stopped',
    { pid: 4685, facts: { process: 'gunicorn', signal: 'SIGKILL' } },
  ],
  [
    'start operation timed out. Terminating.',
    'unit-failed',
    { facts: { reason: 'start timeout' } },
  ],
  ['Watchdog timeout (limit 30s)!', 'unit-failed', { facts: { reason: 'watchdog' } }],
  ['Deactivated successfully.', 'unit-stopped'],
  ['Succeeded.', 'unit-stopped'],
  [
    'Failed at step EXEC spawning /srv/venv/bin/gunicorn: No such file or directory',
    'unit-failed',
    { facts: { reason: '203/EXEC' } },
  ],
  [
    'Failed at step CHDIR spawning /x: No such file',
    'unit-failed',
    { facts: { reason: '200/CHDIR' } },
  ],
  [
    'Failed to locate executable /x: No such file',
    'unit-failed',
    { facts: { reason: '203/EXEC' } },
  ],
  [
    "Unable to locate executable '/x': No such file",
    'unit-failed',
    { facts: { reason: '203/EXEC' } },
  ],
  [
    'Changing to the requested working directory failed: No such file',
    'unit-failed',
    { facts: { reason: '200/CHDIR' } },
  ],
  [
    'Failed to determine user credentials: No such process',
    'unit-failed',
    { facts: { reason: '217/USER' } },
  ],
  ['Unit entered failed state.', 'unit-failed'],
];

describe('systemd', () => {
  it.each(SYSTEMD)('%s is %s', (...row: Row) => {
    const [text, id, more] = row;
    expect(meaningOf('systemd', `${UNIT}: ${text}`)).toMatchObject({ id, unit: UNIT, ...more });
  });

  it.each([
    ['Started shop.service - Gunicorn for the shop.', 'unit-started', UNIT],
    ['Stopping shop.service - Gunicorn for the shop...', 'unit-stopped', UNIT],
    ['Stopped shop.service - Gunicorn for the shop.', 'unit-stopped', UNIT],
    ['Reloading shop.service - Gunicorn for the shop...', 'reloading', UNIT],
    ['Failed to start shop.service - Gunicorn for the shop.', 'unit-failed', UNIT],
    ['Started Gunicorn instance to serve the shop.', 'unit-started', null],
    ['Stopping gunicorn daemon...', 'unit-stopped', null],
    ['Listening on gunicorn.socket - gunicorn socket.', 'unit-started', 'gunicorn.socket'],
    ['Closed gunicorn.socket - gunicorn socket.', 'unit-stopped', 'gunicorn.socket'],
    ['Unit shop.service entered failed state.', 'unit-failed', UNIT],
    ['start request repeated too quickly for shop.service', 'unit-start-limit', UNIT],
    ['shop.service stop-sigterm timed out. Killing.', 'unit-stopped', UNIT],
    ['shop.service holdoff time over, scheduling restart.', 'unit-started', UNIT],
    ['shop.service failed.', 'unit-failed', UNIT],
  ])('%s is %s', (text, id, unit) => {
    expect(meaningOf('systemd', text)).toMatchObject({ id, unit });
  });

  it.each([
    'Stopped target Multi-User System.',
    'Stopping apt-daily.service - Daily apt download activities...',
    'Stopped Daily apt download activities.',
    'logrotate.service: Deactivated successfully.',
    'nginx.service: Main process exited, code=exited, status=1/FAILURE',
    'Started session-4.scope - Session 4 of User root.',
    'Starting shop.service - Gunicorn for the shop...',
    'shop.service: Consumed 1.234s CPU time.',
    'Reached target Multi-User System.',
  ])('%s says nothing about Gunicorn', (text) => {
    expect(meaningOf('systemd', text)).toBeNull();
  });

  it('does not take its own restart of a crashed unit for a stop', () => {
    const lines = [
      'Main process exited, code=exited, status=1/FAILURE',
      'Scheduled restart job, restart counter is at 1.',
    ].map((text) => `systemd[1]: ${UNIT}: ${text}`);
    const all = [
      ...lines,
      `systemd[1]: Stopped ${UNIT} - Shop.`,
      `systemd[1]: Started ${UNIT} - Shop.`,
    ];
    const observer = new SystemObserver();
    const ids = all.map((line) => {
      const parsed = parseSystemLine({ ...unwrap(line), at: NOON });
      return observer.observe(parsed, { host: 'h', origin: { path: '', lineNumber: 0 }, line })?.id;
    });
    expect(ids).toEqual(['unit-failed', 'unit-started', undefined, 'unit-started']);
  });
});

describe('the kernel', () => {
  const REST =
    'total-vm:812340kB, anon-rss:512340kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:1240kB oom_score_adj:0';

  it.each([
    [`Out of memory: Killed process 4685 (gunicorn) ${REST}`, 'gunicorn', 'host'],
    [
      `Memory cgroup out of memory: Killed process 4685 (gunicorn: worke) ${REST}`,
      'gunicorn: worke',
      'cgroup',
    ],
    [`Killed process 4685 (python3.11), UID 33, ${REST}`, 'python3.11', 'host'],
    [`Out of memory: Killed process 4685 ((sd-pam)) ${REST}`, '(sd-pam)', 'host'],
  ])('%s', (text, process, reason) => {
    expect(meaningOf('kernel', text)).toEqual({
      id: 'oom-kill',
      pid: 4685,
      facts: { process, reason, memoryKb: 512340 },
    });
  });

  it.each([
    [
      'Out of memory: Kill process 4685 (gunicorn) score 912 or sacrifice child',
      { id: 'oom-kill', pid: 4685, facts: { process: 'gunicorn', reason: 'host' } },
    ],
    [
      'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=gunicorn,pid=4685,uid=33',
      { id: 'oom-kill', pid: 4685, unit: UNIT, facts: { process: 'gunicorn', reason: 'cgroup' } },
    ],
    [
      'gunicorn[4685]: segfault at 0 ip 00007f2a sp 00007ffd error 4 in libfoo.so.1[7f2a+1000] likely on CPU 1',
      {
        id: 'segfault',
        pid: 4685,
        facts: { process: 'gunicorn', reason: 'segfault in libfoo.so.1' },
      },
    ],
    [
      'traps: gunicorn[4685] general protection fault ip:7f2a sp:7ffd error:0 in x.so[7f2a+1000]',
      {
        id: 'segfault',
        pid: 4685,
        facts: { process: 'gunicorn', reason: 'general protection fault' },
      },
    ],
    [
      'traps: python3[4685] trap invalid opcode ip:7f2a sp:7ffd error:0 in x.so[7f2a+1000]',
      { id: 'segfault', pid: 4685, facts: { process: 'python3', reason: 'invalid opcode' } },
    ],
  ])('%s', (text, expected) => {
    expect(meaningOf('kernel', text)).toEqual(expected);
  });

  it.each([
    'gunicorn invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0',
    'oom_reaper: reaped process 4685 (gunicorn), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB',
    'TCP: request_sock_TCP: Possible SYN flooding on port 8000. Sending cookies.',
    'nf_conntrack: table full, dropping packet',
    'eth0: link up',
  ])('%s names no victim', (text) => {
    expect(meaningOf('kernel', text)).toBeNull();
  });
});

describe('SELinux and AppArmor', () => {
  const AVC =
    'type=1400 audit(1795176000.250:456): avc:  denied  { connectto } for  pid=812 comm="nginx" path="/run/gunicorn.sock" scontext=system_u:system_r:httpd_t:s0 tclass=unix_stream_socket permissive=0';
  const DENIED = { id: 'mac-denied', pid: 812 };

  it.each([
    ['kernel', `audit: ${AVC}`, 'SELinux connectto /run/gunicorn.sock'],
    ['audit', AVC.replace('type=1400 audit', 'AVC audit'), 'SELinux connectto /run/gunicorn.sock'],
    [null, AVC.replace('type=1400 ', 'type=AVC msg='), 'SELinux connectto /run/gunicorn.sock'],
    [
      'kernel',
      'audit: type=1400 audit(1.2:3): avc:  denied  { name_connect } for  pid=812 comm="nginx" dest=8000 tclass=tcp_socket permissive=0',
      'SELinux name_connect 8000',
    ],
    [
      'kernel',
      'audit: type=1400 audit(1.2:3): apparmor="DENIED" operation="connect" profile="/usr/sbin/nginx" name="/run/g.sock" pid=812 comm="nginx"',
      'AppArmor connect',
    ],
  ])('%s: %s', (tag, text, reason) => {
    expect(meaningOf(tag, text)).toMatchObject({ ...DENIED, facts: { process: 'nginx', reason } });
  });

  it('reads the advice of setroubleshoot', () => {
    const text =
      'SELinux is preventing /usr/sbin/nginx from name_connect access on the tcp_socket port 8000.';
    expect(meaningOf('setroubleshoot', text)).toMatchObject({
      id: 'mac-denied',
      facts: { process: 'nginx', reason: 'SELinux name_connect tcp_socket' },
    });
  });

  it.each([
    AVC.replace('permissive=0', 'permissive=1'),
    AVC.replace('comm="nginx"', 'comm="chronyd"'),
    'type=1400 audit(1.2:3): apparmor="ALLOWED" operation="connect" profile="/usr/sbin/nginx" comm="nginx"',
  ])('%s denies nothing that matters', (text) => {
    expect(meaningOf('kernel', `audit: ${text}`)).toBeNull();
  });
});

describe('kills from outside the kernel', () => {
  it.each([
    [
      'systemd-oomd',
      'Killed /system.slice/shop.service due to memory pressure for /system.slice being 61.05% > 50.00%',
      { id: 'oom-kill', unit: UNIT, facts: { reason: 'systemd-oomd' } },
    ],
    [
      'earlyoom',
      'sending SIGTERM to process 4685 uid 33 "gunicorn": badness 912, VmRSS 500 MiB',
      { id: 'oom-kill', pid: 4685, facts: { process: 'gunicorn', reason: 'earlyoom' } },
    ],
    ['kubelet', 'container "shop" OOMKilled', { id: 'oom-kill', facts: { reason: 'OOMKilled' } }],
    [
      null,
      'Normal  Killing  2m  kubelet  Container shop failed liveness probe, will be restarted',
      { id: 'unit-stopped', facts: { reason: 'liveness probe failed' } },
    ],
    [
      'kubelet',
      'Back-off restarting failed container',
      { id: 'unit-failed', facts: { reason: 'CrashLoopBackOff' } },
    ],
  ])('%s: %s', (tag, text, expected) => {
    expect(meaningOf(tag, text)).toMatchObject(expected);
  });

  it('waits for the kill: a failed probe alone is none', () => {
    expect(meaningOf('kubelet', 'Liveness probe failed: HTTP probe failed with 502')).toBeNull();
  });
});

describe('observeSystemLine', () => {
  it('says who is meant, when and where', () => {
    const line = `2026-11-20T12:00:00+00:00 web kernel: Out of memory: Killed process 9 (gunicorn) total-vm:1kB, anon-rss:7kB`;
    const origin = { path: 'journal.log', lineNumber: 3 };
    const parsed = parseSystemLine(unwrap(line));
    expect(observeSystemLine(parsed, { host: 'web', origin, line })).toEqual({
      kind: 'signal',
      id: 'oom-kill',
      at: NOON,
      host: 'web',
      role: 'system',
      pid: 9,
      emitter: null,
      unit: null,
      facts: { process: 'gunicorn', reason: 'host', memoryKb: 7 },
      origin,
      line,
    });
  });

  it('makes no signal of what has no time that other logs share', () => {
    const line = '[12345.678901] Out of memory: Killed process 9 (gunicorn) total-vm:1kB';
    const context = { host: 'h', origin: { path: '', lineNumber: 0 }, line };
    const parsed = parseSystemLine(unwrap(line));
    expect(observeSystemLine(parsed, context)).toBeNull();
    expect(observeSystemLine(parsed, { ...context, undatedAt: NOON })?.at).toBe(NOON);
  });

  it("explains Gunicorn's line in a journal as Gunicorn's", () => {
    const timeout = '[2026-11-20 12:00:00 +0000] [100] [CRITICAL] WORKER TIMEOUT (pid:101)';
    const read = readSystemLine(unwrap(`Nov 20 12:00:00 web gunicorn[100]: ${timeout}`));
    expect(read).toMatchObject({ at: NOON, observed: { id: 'worker-timeout', pid: 101 } });
    expect(readSystemLine(unwrap('hello'))).toBeNull();
    expect(readSystemLine(unwrap('Nov 20 12:00:00 web sshd[1]: hello'))?.observed).toBeNull();
  });

  it('never throws, and takes linear time', () => {
    const tag = fc.constantFrom(null, 'kernel', 'systemd', 'audit', 'systemd-oomd', 'kubelet');
    fc.assert(
      fc.property(tag, fc.string({ unit: 'binary' }), (name, text) => void meaningOf(name, text)),
    );
    const from = performance.now();
    for (const start of [
      'Out of memory: Killed process 1 (',
      'oom-kill:',
      'shop.service: ',
      'a',
    ] as const) {
      for (const name of ['kernel', 'systemd', 'audit', 'kubelet', 'systemd-oomd', 'shop']) {
        meaningOf(name, start + '(a,[ '.repeat(200_000));
      }
    }
    expect(performance.now() - from).toBeLessThan(1_500);
  });
});
