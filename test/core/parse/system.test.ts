import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../../core/parse/envelope.ts';
import { parseSystemLine } from '../../../core/parse/system.ts';

const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);
const KILLED = 'Out of memory: Killed process 4685 (gunicorn) total-vm:1kB, anon-rss:1kB';
const TIMEOUT = '[2026-11-20 12:00:00 +0000] [100] [CRITICAL] WORKER TIMEOUT (pid:101)';

describe('parseSystemLine', () => {
  it.each([
    ['syslog', `Nov 20 12:00:00 web kernel: ${KILLED}`, 'kernel', KILLED],
    [
      'syslog with uptime',
      `Nov 20 12:00:00 web kernel: [12345.678901] ${KILLED}`,
      'kernel',
      KILLED,
    ],
    ['dmesg', `[12345.678901] ${KILLED}`, 'kernel', KILLED],
    ['dmesg, padded', `[   45.678901] ${KILLED}`, 'kernel', KILLED],
    ['dmesg -T', `[Fri Nov 20 12:00:00 2026] ${KILLED}`, 'kernel', KILLED],
    ['dmesg --time-format iso', `2026-11-20T12:00:00,123456+00:00 ${KILLED}`, 'kernel', KILLED],
    ['no prefix but the program', `kernel: ${KILLED}`, 'kernel', KILLED],
    ['systemd', 'Nov 20 12:00:00 web systemd[1]: shop.service: x', 'systemd', 'shop.service: x'],
    [
      "systemd's child",
      'Nov 20 12:00:00 web (gunicorn)[9]: shop.service: x',
      'systemd',
      'shop.service: x',
    ],
    ['systemd-oomd', 'Nov 20 12:00:00 web systemd-oomd[9]: Killed /x', 'oomd', 'Killed /x'],
    ['Gunicorn', `Nov 20 12:00:00 web gunicorn[100]: ${TIMEOUT}`, 'gunicorn', TIMEOUT],
    ['Gunicorn as python', `Nov 20 12:00:00 web python3[100]: ${TIMEOUT}`, 'gunicorn', TIMEOUT],
    [
      'Gunicorn under a name of its own',
      `Nov 20 12:00:00 web shop[100]: ${TIMEOUT}`,
      'gunicorn',
      TIMEOUT,
    ],
    ['the kubelet', 'Nov 20 12:00:00 web kubelet[9]: OOMKilled', 'container', 'OOMKilled'],
    ['others', 'Nov 20 12:00:00 web sshd[9]: hello', 'other', 'hello'],
  ])('knows the writer: %s', (_, line, source, text) => {
    expect(parseSystemLine(unwrap(line))).toMatchObject({ source, text });
  });

  it.each([
    ["an application's line", `Nov 20 12:00:00 web shop[7]: ${KILLED}`],
    ["Gunicorn's line", `Nov 20 12:00:00 web gunicorn[7]: ${KILLED}`],
    ['a user name', `Nov 20 12:00:00 web sshd[7]: Invalid user kernel: ${KILLED}`],
    ['a line without any prefix', KILLED],
  ])('believes no words of the kernel in %s', (_, line) => {
    expect(parseSystemLine(unwrap(line)).source).not.toBe('kernel');
  });

  it("remembers a name that Gunicorn's output came under, for its tracebacks", () => {
    const tags = new Set<string>();
    const frame = unwrap('Nov 20 12:00:00 web shop[100]:   File "/srv/a.py", line 1, in f');
    expect(parseSystemLine(frame, tags).source).toBe('other');
    parseSystemLine(unwrap(`Nov 20 12:00:00 web shop[100]: ${TIMEOUT}`), tags);
    expect(parseSystemLine(frame, tags).source).toBe('gunicorn');
  });

  it('gives the time that other logs share, if there is one', () => {
    const at = (line: string) => parseSystemLine(unwrap(line));
    expect(at(`[Fri Nov 20 12:00:00 2026] ${KILLED}`)).toMatchObject({ at: NOON, isLocal: true });
    expect(at(`2026-11-20T12:00:00,500000+00:00 ${KILLED}`)).toMatchObject({
      at: NOON + 500,
      isLocal: false,
    });
    expect(at(`[12345.678901] ${KILLED}`).at).toBeNull();
    expect(at(`2026-11-20T12:00:00+00:00 web kernel: [1.5] ${KILLED}`).at).toBe(NOON);
    expect(at('type=AVC msg=audit(1795176000.250:456): avc:  denied  { x }')).toMatchObject({
      source: 'audit',
      at: NOON + 250,
    });
  });

  it('never throws', () => {
    const tag = fc.constantFrom(null, 'kernel', 'systemd', 'shop', '(x)', '');
    fc.assert(
      fc.property(tag, fc.string({ unit: 'binary' }), (name, text) => {
        parseSystemLine({ tag: name, text, pid: null, at: null });
      }),
    );
  });
});
