/**
 * Worker deaths: what several log entries about one process say together. `SIGKILL! Perhaps out of memory?`
 * after a WORKER TIMEOUT of the same pid is the arbiter's own kill (Gunicorn `Arbiter.murder_workers`), not
 * memory; the kernel's word about the same pid is (`causes.md` D1).
 */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Signal } from '../model.ts';
import { between, firstAtOrAfter } from './in-time.ts';

type DeathCause = Extract<
  CauseId,
  'worker-timeout' | 'worker-oom' | 'worker-killed' | 'worker-crash' | 'gunicorn-fd-exhausted'
>;

export type WorkerDeath = {
  readonly cause: DeathCause;
  readonly pid: number | null;
  /** From the first to the last entry about it, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly signals: readonly Signal[];
  /** The request it was working on, when its traceback says so: method (or `null`) and URI. */
  readonly request: { readonly method: string | null; readonly uri: string } | null;
  /** The worker answered 500 itself while it was aborted (Gunicorn 22 and newer, sync worker). */
  readonly hasAnswered: boolean;
  /** It was waiting for a request, not working on one (`Error handling request (no URI read)`). */
  readonly isIdle: boolean;
  /** Nobody said that it died: only its replacement shows it. */
  readonly isInferred: boolean;
};

/** Entries about one pid further apart than this are about two processes (pids are reused). */
const SAME_DEATH_MS = 60_000;
/** How far the kernel's entry and Gunicorn's may be apart, where their pids cannot be compared. */
const SAME_KILL_MS = 5_000;

/** Longer than most timeouts, and no longer than signals are looked back at. */
const UNREAPED_MS = 120_000;
/** The arbiter replaces a worker within this time. */
const REPLACED_WITHIN_MS = 2_500;
/** First workers boot within this time of their arbiter's start. */
const STARTED_WITHIN_MS = 1_999;

/** Groups the signals of one host (in time order) into deaths, in time order; those that only a replacement shows included. */
export function findDeaths(signals: readonly Signal[]): WorkerDeath[] {
  const deaths = toldDeaths(signals).map((death) =>
    isOfTheDead(death, signals) ? { ...death, isIdle: true } : death,
  );
  return [...deaths, ...inferredDeaths(signals, deaths)].sort((a, b) => a.from - b.from);
}

/**
 * Gunicorn 24.0.0 never reaps (`Unhandled signal: cld`): a worker that died long ago times out, too. One that was
 * alive dies of it, and gives that signal once more.
 */
function isOfTheDead(death: WorkerDeath, signals: readonly Signal[]): boolean {
  if (death.cause !== 'worker-timeout' || death.hasAnswered) return false;
  const isUnhandled = ({ id }: Signal) => id === 'unhandled-signal';
  return (
    between(signals, death.from - UNREAPED_MS, death.from - 1).some(isUnhandled) &&
    !between(signals, death.from, death.from + REPLACED_WITHIN_MS).some(isUnhandled)
  );
}

/**
 * `Booting worker` without a start, a reload, a recycling or a death before it: a worker is gone that nobody
 * saw go (`os._exit(0)`; any death with Gunicorn 20.0 and older, whose arbiter says nothing).
 */
function inferredDeaths(signals: readonly Signal[], deaths: readonly WorkerDeath[]): WorkerDeath[] {
  const ends = [
    ...deaths.map((death) => death.to),
    ...signals.filter((signal) => signal.id === 'worker-recycling').map((signal) => signal.at),
  ].sort((a, b) => a - b);
  let nextEnd = 0;
  const unexplained = signals.filter((boot) => {
    if (boot.id !== 'worker-booting' || isFreshStart(boot, signals)) return false;
    while ((ends[nextEnd] ?? boot.at) < boot.at - REPLACED_WITHIN_MS) nextEnd++;
    const isExplained = (ends[nextEnd] ?? Number.POSITIVE_INFINITY) <= boot.at;
    if (isExplained) nextEnd++;
    return !isExplained;
  });
  return unexplained.map((boot) => ({
    cause: 'worker-crash',
    pid: null,
    from: boot.at,
    to: boot.at,
    signals: [boot],
    request: null,
    hasAnswered: false,
    isIdle: false,
    isInferred: true,
  }));
}

function isFreshStart(boot: Signal, signals: readonly Signal[]): boolean {
  const reach = 2 * REPLACED_WITHIN_MS;
  return between(signals, boot.at - reach, boot.at + reach).some((signal) => starts(signal, boot));
}

function starts(signal: Signal, boot: Signal): boolean {
  switch (signal.id) {
    case 'starting':
    case 'listening':
      return signal.at <= boot.at && boot.at - signal.at <= STARTED_WITHIN_MS;
    case 'reloading':
    case 'boot-failure':
      return Math.abs(boot.at - signal.at) <= 2 * REPLACED_WITHIN_MS;
    default:
      return false;
  }
}

function toldDeaths(signals: readonly Signal[]): WorkerDeath[] {
  const groups: Signal[][] = [];
  const openByPid = new Map<number, Signal[]>();
  for (const signal of signals) {
    if (!isAboutDeath(signal)) continue;
    const pid = victimOf(signal);
    const open = pid === null ? undefined : openByPid.get(pid);
    const last = open?.at(-1);
    if (open && last && signal.at - last.at <= SAME_DEATH_MS) open.push(signal);
    else {
      const group = [signal];
      groups.push(group);
      if (pid !== null) openByPid.set(pid, group);
    }
  }
  const deaths = groups.map(deathOf).filter((death) => death !== null);
  return joinKernelKills(deaths);
}

function isAboutDeath(signal: Signal): boolean {
  switch (signal.id) {
    case 'worker-timeout':
    case 'worker-killed':
    case 'segfault':
    case 'fd-exhausted':
      return true;
    case 'oom-kill':
      return isPython(signal.facts.process);
    case 'request-error':
      return signal.facts.isAbort === true;
    case 'worker-signaled':
      return !isOrderlySignal(signal.facts.signal);
    case 'worker-exited':
      return !isBootExit(signal.facts.exitCode);
    default:
      return false;
  }
}

/** The kernel names a process by at most 15 characters of its title; absent: a unit's or container's kill. */
export function isPython(process: string | undefined): boolean {
  return process === undefined || /^(gunicorn|python|uvicorn|uwsgi)/i.test(process);
}

/** A uvicorn worker ends by SIGTERM at every normal shutdown. */
function isOrderlySignal(name: string | undefined): boolean {
  return name !== undefined && /^(SIG)?(TERM|INT|QUIT|HUP|15|2|3|1)$/i.test(name);
}

/** 3 and 4 are Gunicorn's own codes for a worker that failed to boot or load the application. */
function isBootExit(exitCode: number | undefined): boolean {
  return exitCode === 3 || exitCode === 4 || exitCode === 0;
}

function victimOf(signal: Signal): number | null {
  return signal.id === 'request-error' ? (signal.emitter ?? signal.pid) : signal.pid;
}

function deathOf(signals: Signal[]): WorkerDeath | null {
  const cause = causeOf(signals);
  const first = signals[0];
  if (!cause || !first) return null;
  const report = signals.find((signal) => signal.id === 'request-error');
  return {
    cause,
    pid: victimOf(first),
    from: first.at,
    to: signals.at(-1)?.at ?? first.at,
    signals,
    request:
      report?.facts.uri === undefined
        ? null
        : { method: report.facts.method ?? null, uri: report.facts.uri },
    hasAnswered: report !== undefined && report.facts.isNoUriRead !== true,
    isIdle: report?.facts.isNoUriRead === true,
    isInferred: false,
  };
}

/** D1's order: the arbiter's timeout, the kernel, the descriptor limit, other crashes, an unexplained SIGKILL. */
function causeOf(signals: readonly Signal[]): DeathCause | null {
  const has = (id: Signal['id']) => signals.some((signal) => signal.id === id);
  if (has('worker-timeout')) return 'worker-timeout';
  if (has('oom-kill')) return 'worker-oom';
  if (has('fd-exhausted')) return 'gunicorn-fd-exhausted';
  if (has('segfault') || has('worker-signaled')) return 'worker-crash';
  if (has('worker-killed')) return 'worker-killed';
  if (has('worker-exited')) return 'worker-crash';
  return null;
}

/** In a container Gunicorn sees other pids than the kernel: a kill of unknown origin beside it is that kill. */
function joinKernelKills(deaths: readonly WorkerDeath[]): WorkerDeath[] {
  const named = deaths.filter((death) => death.cause !== 'worker-oom' || death.pid !== null);
  const unnamed = deaths.filter((death) => death.cause === 'worker-oom' && death.pid === null);
  const kills = joinEach(named, unnamed, (death) => death.cause === 'worker-oom');
  return joinEach(
    kills.filter((death) => !isKernelsAlone(death)),
    kills.filter(isKernelsAlone),
    (death) => death.cause === 'worker-killed',
  ).sort((a, b) => a.from - b.from);
}

/** Gunicorn said nothing of this pid. */
function isKernelsAlone(death: WorkerDeath): boolean {
  return death.cause === 'worker-oom' && death.signals.every(({ id }) => id === 'oom-kill');
}

/** Each of `kills` belongs to the nearest wanted death, if one is near that has none yet; else it is one itself. */
function joinEach(
  deaths: readonly WorkerDeath[],
  kills: readonly WorkerDeath[],
  isWanted: (death: WorkerDeath) => boolean,
): WorkerDeath[] {
  const wanted = deaths.filter(isWanted).sort((a, b) => a.from - b.from);
  const joined = new Map<WorkerDeath, WorkerDeath>();
  const left = kills.filter((kill) => {
    const distance = (death: WorkerDeath) => Math.abs(death.from - kill.from);
    const first = firstAtOrAfter(wanted, kill.from - SAME_KILL_MS, (death) => death.from);
    const end = firstAtOrAfter(wanted, kill.from + SAME_KILL_MS + 1, (death) => death.from);
    const nearest = wanted
      .slice(first, end)
      .filter((death) => !joined.has(death))
      .sort((a, b) => distance(a) - distance(b))[0];
    if (nearest) joined.set(nearest, joinedWith(nearest, kill));
    return nearest === undefined;
  });
  return [...deaths.map((death) => joined.get(death) ?? death), ...left];
}

function joinedWith(death: WorkerDeath, kill: WorkerDeath): WorkerDeath {
  return {
    ...death,
    cause: 'worker-oom',
    from: Math.min(death.from, kill.from),
    to: Math.max(death.to, kill.to),
    signals: [...death.signals, ...kill.signals],
  };
}
