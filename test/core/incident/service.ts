/** A service whose failures are told minute by minute, and what people hear of them. */
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import { NO_SETTINGS } from '../../../core/diagnose/fix-facts.ts';
import { addAt, entryOf, newRollup } from '../../../core/diagnose/rollup.ts';
import { firstMinute } from '../../../core/incident/advance-incidents.ts';
import { decide, isAlive } from '../../../core/incident/decide.ts';
import type { Incident, Transition } from '../../../core/incident/incident.ts';
import type { Mute } from '../../../core/incident/mutes.ts';
import { DEFAULT_POLICY, type Policy } from '../../../core/incident/policy.ts';
import type { DecideInput } from '../../../core/incident/situation.ts';
import type { RollupRecord } from '../../../core/records/rollup-record.ts';
import { addToTally } from '../../../core/tally.ts';

/** Midnight of 20 November 2026, UTC. */
const START = Date.UTC(2026, 10, 20);

/** `14:02`, `14:02:10` of that day, epoch milliseconds. */
export function at(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return START + ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

function clock(ms: number): string {
  const iso = new Date(ms).toISOString();
  const day = Math.floor((ms - START) / 86_400_000);
  return `${day > 0 ? `+${day}d ` : ''}${iso.slice(11, 19)}`;
}

export type Failure = {
  readonly cause: CauseId;
  readonly atMs: number;
  readonly host?: string;
  readonly count?: number;
  readonly isConfirmed?: boolean;
};

/** Minutes as an evaluation would have written them. */
export function minutesOf(failures: readonly Failure[]): Map<number, RollupRecord> {
  const minutes = new Map<number, RollupRecord>();
  for (const { cause, atMs, host = 'web-1', count = 1, isConfirmed = false } of failures) {
    const minute = Math.floor(atMs / 60_000);
    const record = minutes.get(minute) ?? { rollup: newRollup(), duplicates: 0, isBlurred: false };
    minutes.set(minute, record);
    const entry = entryOf(record.rollup, cause);
    entry.failures += count;
    addAt(entry, atMs, count);
    addToTally(entry.hosts, host, count);
    const confidence = isConfirmed ? 'confirmed' : 'likely';
    entry.confidences.set(confidence, (entry.confidences.get(confidence) ?? 0) + count);
  }
  return minutes;
}

/** One line a transition: `14:02:10 opened worker-timeout: 12 failures on web-1 since 14:02:00`. */
export function lineOf({ at, kind, reason, incident, diagnosis }: Transition): string {
  const { cause, formerCause, failures, hosts, openedAt, lastFailureAt } = incident;
  const was = formerCause ? ` (was ${formerCause})` : '';
  const lasted =
    kind === 'resolved' ? `, ${(lastFailureAt - openedAt) / 1_000} s` : ` since ${clock(openedAt)}`;
  const why = reason ? ` [${reason}]` : '';
  if (diagnosis.cause !== cause) throw new Error(`${diagnosis.cause} is told of ${cause}`);
  return `${clock(at)} ${kind} ${cause}${was}: ${failures} on ${hosts.join(' ')}${lasted}${why}`;
}

export class Service {
  readonly policy: Policy;
  failures: Failure[] = [];
  mutes: Mute[] = [];
  requests: Map<number, number> | null = null;
  incidents = new Map<string, Incident>();
  /** All that was ever told. */
  told: Transition[] = [];

  constructor(policy: Partial<Policy> = {}) {
    this.policy = { ...DEFAULT_POLICY, ...policy };
  }

  fail(cause: CauseId, time: string | number, more: Omit<Failure, 'cause' | 'atMs'> = {}): this {
    const atMs = typeof time === 'number' ? time : at(time);
    this.failures.push({ cause, atMs, ...more });
    return this;
  }

  /** One failure each `everySeconds` from one time to another. */
  failEvery(cause: CauseId, from: string, to: string, everySeconds: number, more = {}): this {
    for (let ms = at(from); ms <= at(to); ms += everySeconds * 1_000) this.fail(cause, ms, more);
    return this;
  }

  /** Late evidence: what matches has another cause now. */
  refine(from: CauseId, to: CauseId, matches: (failure: Failure) => boolean = () => true): this {
    this.failures = this.failures.map((failure) =>
      failure.cause === from && matches(failure)
        ? { ...failure, cause: to, isConfirmed: true }
        : failure,
    );
    return this;
  }

  input(nowMs: number, failures: readonly Failure[] = this.failures): DecideInput {
    const fromMinute = firstMinute(this.policy, nowMs);
    const all = minutesOf(failures);
    return {
      policy: this.policy,
      service: 'shop',
      incidents: [...this.incidents.values()].filter((incident) =>
        isAlive(incident, this.policy, nowMs),
      ),
      minutes: new Map([...all].filter(([minute]) => minute >= fromMinute)),
      fromMinute,
      mutes: this.mutes,
      requests: this.requests,
      knownHosts: null,
      settings: NO_SETTINGS,
      roles: { given: new Set(), filled: new Set() },
      nowMs,
    };
  }

  /** Decides with all failures known so far, publishes, and returns a line for each transition. */
  evaluate(time: string | number): string[] {
    const nowMs = typeof time === 'number' ? time : at(time);
    return this.evaluateWith(nowMs, this.failures);
  }

  /** Evaluates every `stepSeconds`, with what has happened until then. */
  run(from: string, to: string, stepSeconds = 10): string[] {
    const lines: string[] = [];
    for (let ms = at(from); ms <= at(to); ms += stepSeconds * 1_000) {
      lines.push(
        ...this.evaluateWith(
          ms,
          this.failures.filter(({ atMs }) => atMs <= ms),
        ),
      );
    }
    return lines;
  }

  evaluateWith(nowMs: number, failures: readonly Failure[]): string[] {
    const { incidents } = decide(this.input(nowMs, failures));
    const transitions = incidents.flatMap(({ outbox }) => outbox);
    for (const incident of incidents) {
      this.incidents.set(incident.id, {
        ...incident,
        outbox: [],
        published: [...incident.published, ...incident.outbox.map(({ id }) => id)].slice(-50),
      });
    }
    this.told.push(...transitions);
    return transitions.map(lineOf);
  }
}
