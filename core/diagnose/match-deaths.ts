/**
 * Which worker's death broke which request. A sync worker has one request at a time, so that a death explains
 * one failure; other workers take all of theirs with them.
 */
import type { WorkerDeath } from './deaths.ts';
import { type Failure, isBrokenConnection, requestLineOf } from './failure.ts';

/** NGINX sees the end of a worker within a second; its log has whole seconds, and the arbiter polls each one. */
const BEFORE_MS = 2_500;
const AFTER_MS = 2_500;
const SECOND_MS = 1_000;
/** Beyond any distance in time: a death whose traceback names the request goes to that request. */
const NAMED_BONUS = 10_000;
/** What somebody said goes before what only follows. */
const INFERRED_MALUS = 5_000;

type Pair = { readonly failure: Failure; readonly death: WorkerDeath; readonly cost: number };

/** Gives each broken failure the death that explains it, if there is one. */
export function matchDeaths(
  failures: readonly Failure[],
  deaths: readonly WorkerDeath[],
  isSyncAt: (at: number) => boolean,
): Map<Failure, WorkerDeath> {
  const pairs = withoutGuesses(pairsOf(failures.filter(mayBeDeath), deaths)).sort(
    (a, b) => a.cost - b.cost,
  );
  const matched = new Map<Failure, WorkerDeath>();
  const used = new Set<WorkerDeath>();
  for (const { failure, death } of pairs) {
    if (matched.has(failure) || used.has(death)) continue;
    matched.set(failure, death);
    used.add(death);
  }
  for (const { failure, death } of pairs) {
    if (!matched.has(failure) && takesMany(death, isSyncAt(death.from)))
      matched.set(failure, death);
  }
  return matched;
}

/**
 * Nothing but time ties a death to a 502 that NGINX's error log says nothing of (none was given). Where more of those
 * ended around a death than workers died, choosing one would be a guess: none is chosen.
 */
function withoutGuesses(pairs: readonly Pair[]): Pair[] {
  const candidates = new Map<WorkerDeath, Set<Failure>>();
  const rivals = new Map<Failure, Set<WorkerDeath>>();
  for (const { failure, death } of pairs.filter(isByTimeOnly)) {
    candidates.set(death, (candidates.get(death) ?? new Set()).add(failure));
    rivals.set(failure, (rivals.get(failure) ?? new Set()).add(death));
  }
  const isGuess = ({ death }: Pair) => {
    const around = [...(candidates.get(death) ?? [])];
    const dead = new Set(around.flatMap((failure) => [...(rivals.get(failure) ?? [])]));
    return around.length > dead.size;
  };
  return pairs.filter((pair) => !isByTimeOnly(pair) || !isGuess(pair));
}

function isByTimeOnly({ failure, death }: Pair): boolean {
  return isBlind(failure) && !namesRequest(death, requestLineOf(failure));
}

/** A 502 of the access log alone. */
function isBlind(failure: Failure): boolean {
  return failure.error === null && failure.status === '502';
}

function takesMany(death: WorkerDeath, isSync: boolean): boolean {
  if (death.hasAnswered || death.isInferred) return false;
  return !isSync || death.cause === 'gunicorn-fd-exhausted';
}

function mayBeDeath(failure: Failure): boolean {
  if (failure.death) return false;
  if (failure.error) return isBrokenConnection(failure.error.mechanism);
  return failure.status === '500' || failure.status === '502';
}

function pairsOf(failures: readonly Failure[], deaths: readonly WorkerDeath[]): Pair[] {
  const pairs: Pair[] = [];
  const byTime = [...failures].sort((a, b) => endOf(a) - endOf(b));
  let start = 0;
  for (const death of [...deaths].sort((a, b) => a.from - b.from)) {
    while (start < byTime.length && endOf(byTime[start]) < death.from - BEFORE_MS - 60_000) start++;
    for (let index = start; index < byTime.length; index++) {
      const failure = byTime[index];
      if (!failure || endOf(failure) > death.to + AFTER_MS + 1_000) break;
      const cost = costOf(failure, death);
      if (cost !== null) pairs.push({ failure, death, cost });
    }
  }
  return pairs;
}

/** When the connection broke: the error line's time, else the end of the request. */
function endOf(failure: Failure | undefined): number {
  return failure ? (failure.error?.at ?? failure.at) : 0;
}

/** Distance in milliseconds, less for better agreement; `null` when they cannot belong together. */
function costOf(failure: Failure, death: WorkerDeath): number | null {
  if (death.isIdle) return null;
  const at = endOf(failure);
  if (at < death.from - BEFORE_MS || at > death.to + AFTER_MS) return null;
  const isNamed = namesRequest(death, requestLineOf(failure));
  if (death.hasAnswered && !couldBeAnswered(failure, isNamed)) return null;
  if (!death.hasAnswered && !failure.error && failure.status === '500') return null;
  if (isBlind(failure) && at < death.from - SECOND_MS) return null;
  const inside = at >= death.from - SECOND_MS && at <= death.to + SECOND_MS;
  const distance = inside ? 0 : Math.min(Math.abs(at - death.from), Math.abs(at - death.to));
  const malus = death.isInferred ? INFERRED_MALUS : 0;
  return distance + malus - (isNamed ? NAMED_BONUS : 0) - durationBonus(failure, death);
}

/** A worker that answered 500 before it ended left a 500, or a body it had begun. */
function couldBeAnswered(failure: Failure, isNamed: boolean): boolean {
  if (failure.visibility === 'truncated') return true;
  return failure.error === null && failure.status === '500' && isNamed;
}

/** Whether the death's traceback names this request. */
export function namesRequest(death: WorkerDeath, requestLine: string | null): boolean {
  if (death.request === null || requestLine === null) return false;
  const [method, uri] = requestLine.split(' ');
  if (death.request.method !== null && death.request.method !== method) return false;
  return uri !== undefined && pathOf(uri) === pathOf(death.request.uri);
}

/** Path and query; NGINX may have been asked with an absolute URI. */
function pathOf(uri: string): string {
  const match = /^https?:\/\/[^/]*/i.exec(uri);
  return match ? uri.slice(match[0].length) || '/' : uri;
}

/** Of two requests that broke together, a timeout hit the longer one. */
function durationBonus(failure: Failure, death: WorkerDeath): number {
  const durationMs = failure.request?.requestMs;
  if (death.cause !== 'worker-timeout' || durationMs === null || durationMs === undefined) return 0;
  return Math.min(durationMs, 600_000) / 1_000;
}
