import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Skipped } from './lab-error.ts';

const run = promisify(execFile);

/** One kernel message and when it was written. */
export type KernelLine = { readonly atMs: number; readonly text: string };

/** The kernel's messages since `sinceMs`, as `dmesg --time-format iso` has them. */
export async function kernelLinesSince(sinceMs: number): Promise<KernelLine[]> {
  const { stdout } = await run('dmesg', ['--time-format', 'iso'], { maxBuffer: 16 << 20 }).catch(
    () => {
      throw new Skipped('the kernel log cannot be read here');
    },
  );
  return stdout
    .split('\n')
    .map(parseIso)
    .filter((line) => line.atMs >= sinceMs);
}

function parseIso(line: string): KernelLine {
  const space = line.indexOf(' ');
  return { atMs: Date.parse(line.slice(0, space).replace(',', '.')), text: line.slice(space + 1) };
}

/** As `dmesg --time-format iso` prints it. */
export function asDmesg({ atMs, text }: KernelLine): string {
  return `${new Date(atMs).toISOString().replace('.', ',').replace('Z', '000+00:00')} ${text}\n`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** As rsyslog and `journalctl` write it: no year, no zone, a host and a tag. */
export function asSyslog({ atMs, text }: KernelLine): string {
  return `${syslogTime(atMs)} web-1 kernel: ${text}\n`;
}

/** RFC 3164 time: "Nov 21 00:57:07". */
export function syslogTime(atMs: number): string {
  const at = new Date(atMs);
  const day = `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)}`;
  return `${day} ${at.toISOString().slice(11, 19)}`;
}

/** The messages about these processes: death by memory or by signal, and the line that opens each OOM report. */
export function aboutPids(lines: readonly KernelLine[], pids: ReadonlySet<number>): KernelLine[] {
  const named = (text: string) => {
    const found = /(?:Killed process |pid=|reaped process )(\d+)|\[(\d+)\]: segfault/.exec(text);
    return found !== null && pids.has(Number(found[1] ?? found[2]));
  };
  return lines.filter(({ text }, n) => {
    if (!text.includes('invoked oom-killer')) return named(text);
    const kill = lines.slice(n).find((later) => later.text.startsWith('oom-kill:'));
    return kill !== undefined && named(kill.text);
  });
}
