/** Kills from outside the kernel: systemd-oomd, earlyoom, Kubernetes and container runtimes. */
import type { Observed } from './observed.ts';

const OOMD = /^Killed (\/\S{1,300}) due to memory /;
const EARLYOOM = /sending SIG(?:TERM|KILL) to process (\d{1,10})(?: uid \d{1,10})? "(.{1,32}?)"/;

/** `Killed /system.slice/shop.service due to memory pressure …` (src/oom/oomd-util.c), or earlyoom's kill. */
export function observeOomdText(text: string): Observed | null {
  const head = text.slice(0, 400);
  const group = OOMD.exec(head)?.[1];
  if (group !== undefined) {
    const unit = group.split('/').findLast((part) => part.endsWith('.service')) ?? null;
    return { id: 'oom-kill', pid: null, unit, facts: { reason: 'systemd-oomd' } };
  }
  const kill = EARLYOOM.exec(head);
  if (kill === null) return null;
  const facts = { process: kill[2] ?? '', reason: 'earlyoom' };
  return { id: 'oom-kill', pid: Number(kill[1]), facts };
}

const SENTENCES: readonly (readonly [string, Observed])[] = [
  ['OOMKilled', { id: 'oom-kill', pid: null, facts: { reason: 'OOMKilled' } }],
  ['TaskOOM', { id: 'oom-kill', pid: null, facts: { reason: 'TaskOOM' } }],
  ['failed liveness probe, will be restarted', stopped('liveness probe failed')],
  ['failed startup probe, will be restarted', stopped('startup probe failed')],
  ['Killing container with', stopped('container killed')],
  ['Stopping container ', stopped('container stopped')],
  ['CrashLoopBackOff', { id: 'unit-failed', pid: null, facts: { reason: 'CrashLoopBackOff' } }],
  ['Back-off restarting failed container', failed()],
  ['back-off restarting failed container', failed()],
];

/** A line of the kubelet or a container runtime, or an event as `kubectl` shows it. */
export function observeContainerText(text: string): Observed | null {
  const head = text.slice(0, 2048);
  return SENTENCES.find(([sentence]) => head.includes(sentence))?.[1] ?? null;
}

function stopped(reason: string): Observed {
  return { id: 'unit-stopped', pid: null, facts: { reason } };
}

function failed(): Observed {
  return { id: 'unit-failed', pid: null, facts: { reason: 'CrashLoopBackOff' } };
}
