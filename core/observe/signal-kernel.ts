/** What the kernel says of a process it killed, or that crashed (mm/oom_kill.c, arch/x86/mm/fault.c). */
import type { Observed } from './observed.ts';

/** `%s: Killed process %d (%s) total-vm:…` (`__oom_kill_process`), with `, UID 33, ` or `score` in older kernels. */
const KILLED =
  /^(?:(?:Memory cgroup out|Out) of memory(?: \([^)]{1,40}\))?: )?Kill(?:ed)? process (\d{1,10}) \((.{1,32}?)\)(?:[ ,]|$)/;
const SEGFAULT = /^(.{1,32}?)\[(\d{1,10})\]: segfault at /;
const TRAP = /^traps: (.{1,32}?)\[(\d{1,10})\](?: trap)? ([a-z][a-z ]{2,30}?)(?: ip:|$)/;

/**
 * The signal of a kernel message. The process that *invoked* the OOM killer, and what is reaped after it,
 * give none: the victim is named by `Killed process` and `oom-kill:`.
 */
export function observeKernelText(text: string): Observed | null {
  const head = text.slice(0, 160);
  if (head.startsWith('oom-kill:')) return readOomSummary(text);
  const killed = KILLED.exec(head);
  if (killed) return oomKill(killed, text);
  const fault = SEGFAULT.exec(head);
  if (fault) return crash(fault, moduleOf(text));
  const trap = TRAP.exec(head);
  return trap && crash(trap, trap[3] ?? null);
}

function oomKill(match: RegExpExecArray, text: string): Observed {
  const rss = /anon-rss:(\d{1,12})kB/.exec(text.slice(0, 400))?.[1];
  const facts = {
    process: match[2] ?? '',
    reason: text.startsWith('Memory cgroup') ? 'cgroup' : 'host',
  };
  const pid = Number(match[1]);
  return { id: 'oom-kill', pid, facts: rss ? { ...facts, memoryKb: Number(rss) } : facts };
}

/** `oom-kill:constraint=CONSTRAINT_MEMCG,…,task_memcg=/system.slice/g.service,task=gunicorn,pid=7,uid=33`. */
function readOomSummary(text: string): Observed | null {
  const match = /,task=(.{1,32}),pid=(\d{1,10}),uid=\d{1,10}$/.exec(text.slice(-120).trimEnd());
  if (match === null) return null;
  const group = /,task_memcg=([^,]{1,255}),/.exec(text.slice(0, 2048))?.[1] ?? '';
  const unit = group.split('/').findLast((part) => part.endsWith('.service')) ?? null;
  const reason = text.includes('CONSTRAINT_MEMCG') ? 'cgroup' : 'host';
  return {
    id: 'oom-kill',
    pid: Number(match[2]),
    unit,
    facts: { process: match[1] ?? '', reason },
  };
}

function crash(match: RegExpExecArray, what: string | null): Observed {
  const facts = { process: match[1] ?? '' };
  return {
    id: 'segfault',
    pid: Number(match[2]),
    facts: what ? { ...facts, reason: what } : facts,
  };
}

/** ` in libfoo.so.1[7f2a…+1000]`. */
function moduleOf(text: string): string | null {
  const name = / in ([^\s[]{1,128})\[/.exec(text.slice(0, 400))?.[1];
  return name === undefined ? null : `segfault in ${name}`;
}
