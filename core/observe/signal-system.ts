/** From a line of a system log to the signal it gives. */
import type { LineOrigin, Signal } from '../model.ts';
import { detach } from '../parse/byte-string.ts';
import { GunicornAssembler } from '../parse/gunicorn-entry.ts';
import {
  parseSystemLine,
  type SystemInput,
  type SystemLine,
  type SystemSource,
} from '../parse/system.ts';
import type { Observed } from './observed.ts';
import { observeContainerText, observeOomdText } from './signal-container.ts';
import { observeAuditText } from './signal-denial.ts';
import { classifyGunicornEntry } from './signal-gunicorn.ts';
import { observeKernelText } from './signal-kernel.ts';
import { observeSystemdText } from './signal-systemd.ts';
import { RESTART_STARTS } from './systemd-messages.ts';

export type SystemContext = {
  readonly host: string;
  readonly origin: LineOrigin;
  /** The whole line, as evidence. */
  readonly line: string;
  /** What to take from times without a zone to have UTC; 0 when not given. */
  readonly localOffsetMs?: number;
  /** The time of a line without any that other logs share; without it such a line gives no signal. */
  readonly undatedAt?: number;
};

const OBSERVERS: Readonly<Record<SystemSource, ((text: string) => Observed | null) | null>> = {
  kernel: observeKernelText,
  systemd: observeSystemdText,
  audit: observeAuditText,
  oomd: observeOomdText,
  container: observeContainerText,
  gunicorn: null,
  other: null,
};

const MAX_LINE = 2048;

/** What one system line means by itself; `null` for nothing, and for a line of Gunicorn's own log. */
export function classifySystemLine(line: SystemLine): Observed | null {
  return OBSERVERS[line.source]?.(line.text) ?? null;
}

/** The signal of one system line. It needs a time that other logs share (`dmesg`'s seconds are none). */
export function observeSystemLine(line: SystemLine, context: SystemContext): Signal | null {
  const at = line.at ?? context.undatedAt ?? null;
  const observed = at === null ? null : classifySystemLine(line);
  if (at === null || observed === null) return null;
  return {
    kind: 'signal',
    id: observed.id,
    at: line.isLocal ? at - (context.localOffsetMs ?? 0) : at,
    host: context.host,
    role: 'system',
    pid: observed.pid ?? null,
    emitter: line.pid,
    unit: observed.unit ?? null,
    facts: observed.facts ?? {},
    origin: context.origin,
    line: detach(context.line.slice(0, MAX_LINE)),
  };
}

/** What a line of a system log said: its time, and what it means, if it means anything. */
export type ReadSystemLine = { readonly at: number | null; readonly observed: Observed | null };

/**
 * One line by itself, to be explained; `null` when it has no form a system log has. A line of Gunicorn in a
 * journal means what it means in Gunicorn's log.
 */
export function readSystemLine(input: SystemInput): ReadSystemLine | null {
  const line = parseSystemLine(input);
  if (line.source === 'other' && input.tag === null) return null;
  if (line.source !== 'gunicorn') return { at: line.at, observed: classifySystemLine(line) };
  const assembler = new GunicornAssembler();
  const origin = { path: '', lineNumber: 0 };
  const entries = [...assembler.push(line.text, line.at, origin), ...assembler.flush()];
  const entry = entries.find((one) => classifyGunicornEntry(one) !== null);
  return { at: entry?.at ?? line.at, observed: entry ? classifyGunicornEntry(entry) : null };
}

/** Whether `SystemObserver` makes anything of this line: a signal, or the sense of another line. */
export function tellsOfBackend(line: SystemLine): boolean {
  return classifySystemLine(line) !== null || isRestart(line);
}

function isRestart({ source, text }: SystemLine): boolean {
  return source === 'systemd' && RESTART_STARTS.some((start) => text.includes(start));
}

const RESTART_MS = 5_000;

/**
 * `observeSystemLine` over the lines of one log. When systemd restarts a crashed unit by itself it says
 * `Stopped …` between `Scheduled restart job` and `Started …`: nobody stopped it, and no signal is made of it.
 */
export class SystemObserver {
  #restartAt: number | null = null;

  /** The signal of the next line. */
  observe(line: SystemLine, context: SystemContext): Signal | null {
    const signal = observeSystemLine(line, context);
    if (signal === null || line.source !== 'systemd') return signal;
    if (isRestart(line)) this.#restartAt = signal.at;
    const isAfterRestart =
      this.#restartAt !== null && Math.abs(signal.at - this.#restartAt) <= RESTART_MS;
    return isAfterRestart && line.text.startsWith('Stopped ') ? null : signal;
  }
}
