/** What the fixes of one cause are filled from: the facts that its evidence showed. */
import type { FixContext } from '../catalogue/fix-context.ts';
import { printable } from '../messages/printable.ts';
import { type Tally, topOfTally } from '../tally.ts';
import type { CauseRollup } from './rollup.ts';

/** What the user told about the service, where the logs cannot. */
export type Settings = {
  readonly gunicornVersion: string | null;
  /** Gunicorn's `--timeout` in seconds. */
  readonly timeoutSeconds: number | null;
  readonly unit: string | null;
};

export const NO_SETTINGS: Settings = { gunicornVersion: null, timeoutSeconds: null, unit: null };

export function fixContextOf(entry: CauseRollup, settings: Settings): FixContext {
  const { facts } = entry;
  return {
    upstreams: names(entry.upstreams),
    listening: names(facts.listening),
    routes: names(entry.routes),
    examplePath: facts.examplePath === null ? null : printable(facts.examplePath),
    hosts: names(entry.hosts),
    unit: settings.unit ?? top(facts.units),
    pids: topOfTally(facts.pids, 5).map(({ name }) => Number(name)),
    gunicornVersion: settings.gunicornVersion ?? top(facts.versions),
    workerClass: top(facts.workerClasses),
    workers: null,
    timeoutSeconds: settings.timeoutSeconds ?? inferredSeconds(entry, 'worker-timeout'),
    proxyReadTimeoutSeconds:
      inferredSeconds(entry, 'upstream-read-timeout') ??
      inferredSeconds(entry, 'workers-saturated'),
    exception: top(facts.exceptions),
    frame: top(facts.frames),
    memoryKb: facts.memoryKb > 0 ? facts.memoryKb : null,
    reason: top(facts.reasons),
    dnsName: top(facts.dnsNames),
    failures: entry.failures,
    retried: entry.retried,
    truncated: entry.truncated,
    statuses: names(entry.statuses),
  };
}

function names(tally: Tally): string[] {
  return topOfTally(tally, 5).map(({ name }) => printable(name));
}

function top(tally: Tally): string | null {
  return names(tally)[0] ?? null;
}

/**
 * A limit ends requests at the limit or up to two seconds after it (the arbiter polls each second), so the
 * shortest duration of several is the limit itself.
 */
function inferredSeconds(entry: CauseRollup, cause: CauseRollup['cause']): number | null {
  if (entry.cause !== cause) return null;
  const seconds = [...entry.facts.seconds.counts.keys()].map(Number).filter((value) => value > 0);
  return seconds.length > 0 ? Math.min(...seconds) : null;
}
