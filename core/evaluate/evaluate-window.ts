/**
 * A stretch of minutes of one service, from what was stored of it to what each minute comes to. Pure: the same
 * records always give the same counts, whenever they came and however often.
 */
import { attributeSpan, type Coverage } from '../diagnose/attribute.ts';
import { type BackendState, backendStates, UNKNOWN_BACKEND } from '../diagnose/lifecycle.ts';
import { rollUp } from '../diagnose/roll-up.ts';
import { newRollup, type Rollup } from '../diagnose/rollup.ts';
import { type Evidence, foldObservation, newEvidence, settleEvidence } from '../fold.ts';
import type { LogRole, Observation, Signal } from '../model.ts';
import type { BatchPart } from '../records/batch-record.ts';
import { gatherHosts, type HostRecords } from '../records/gather.ts';
import { MINUTE_MS } from '../records/keys.ts';
import { readBackendLog } from '../records/read-backend.ts';
import type { RollupRecord } from '../records/rollup-record.ts';
import type { SeenStream } from '../records/stream-record.ts';

/** Minutes beside a minute whose NGINX lines may belong to it. */
export const MINUTES_JOINED = 1;
/** Minutes before a failure whose signals may explain it, as in `HostWindow`. */
export const MINUTES_BEFORE = 2;
/** Minutes after it. */
export const MINUTES_AFTER = 3;
/** Minutes of backend lines read before that, so that entries are believed by what came before them. */
export const MINUTES_OF_CONTEXT = 10;

export type WindowInput = {
  /** The minutes to be counted, in order. */
  readonly minutes: readonly number[];
  /** All that is stored of them and the minutes around them. */
  readonly parts: readonly BatchPart[];
  /** Log streams seen so far, of the whole service. */
  readonly streams: readonly SeenStream[];
  /** State of each host's backend before the first minute of backend lines. */
  readonly before: ReadonlyMap<string, BackendState>;
};

export type WindowResult = {
  readonly minutes: ReadonlyMap<number, RollupRecord>;
  /** State of each host's backend after each minute with a signal, in order. */
  readonly states: readonly HostStates[];
};

export type HostStates = {
  readonly host: string;
  readonly states: readonly { readonly minute: number; readonly state: BackendState }[];
};

/** Counts each of the minutes. */
export function evaluateWindow(input: WindowInput): WindowResult {
  const hosts = openHosts(input);
  const minutes = new Map<number, RollupRecord>();
  for (const minute of input.minutes) {
    const rollup = newRollup();
    for (const host of hosts) countMinute(rollup, host, minute);
    minutes.set(minute, {
      rollup,
      duplicates: hosts.reduce(
        (sum, { records }) => sum + (records.duplicates.get(minute) ?? 0),
        0,
      ),
      isBlurred: hosts.some(({ records }) => records.blurred.has(minute)),
    });
  }
  return { minutes, states: hosts.map(statesOf) };
}

type OpenHost = {
  readonly name: string;
  readonly records: HostRecords;
  readonly minutes: ReadonlyMap<number, Evidence>;
  readonly before: BackendState;
  readonly coverage: Coverage;
};

function noRecords(host: string): HostRecords {
  return { host, minutes: new Map(), logs: [], duplicates: new Map(), blurred: new Set() };
}

type RolesOf = ReadonlyMap<string, ReadonlySet<LogRole>>;

/** The hosts that the window is about: those that something is stored of, and those in front of such a backend. */
export function hostsOf(input: Pick<WindowInput, 'parts' | 'streams'>): string[] {
  const hosts = new Set(input.parts.map(({ host }) => host));
  const { fronts, backends } = pairUp(rolesOf(input));
  const isFronted = backends.some((backend) => hosts.has(backend));
  return [...hosts, ...(isFronted ? [...fronts].filter((front) => !hosts.has(front)) : [])].sort();
}

function openHosts(input: WindowInput): OpenHost[] {
  const gathered = new Map(gatherHosts(input.parts).map((records) => [records.host, records]));
  const roles = rolesOf(input);
  const observed = new Map(
    [...gathered].map(([host, records]) => [host, readBackends(records)] as const),
  );
  const { fronts, backends } = pairUp(roles);
  return hostsOf(input).map((name) => {
    const records = gathered.get(name) ?? noRecords(name);
    const shared = fronts.has(name) ? backends : [];
    const minutes = withEvidence(records.minutes, [
      ...(observed.get(name) ?? []),
      ...shared.flatMap((backend) => observed.get(backend) ?? []),
    ]);
    const before = input.before.get(name) ?? UNKNOWN_BACKEND;
    const others = backends.includes(name) ? [...fronts] : [];
    return { name, records, minutes, before, coverage: coverageOf(name, others, roles) };
  });
}

function rolesOf({ parts, streams }: Pick<WindowInput, 'parts' | 'streams'>): RolesOf {
  const roles = new Map<string, Set<LogRole>>();
  for (const { host, role } of [...streams, ...parts]) {
    const known = roles.get(host) ?? new Set();
    roles.set(host, known.add(role as LogRole));
  }
  return roles;
}

/** Hosts with NGINX logs but none of Gunicorn's get the signals of the hosts that only have those. */
function pairUp(roles: RolesOf): { fronts: ReadonlySet<string>; backends: readonly string[] } {
  const fronts = new Set<string>();
  const backends: string[] = [];
  for (const [host, has] of roles) {
    const hasNginx = has.has('access') || has.has('error');
    const hasBackend = has.has('gunicorn') || has.has('system');
    if (hasNginx && !hasBackend) fronts.add(host);
    if (!hasNginx && hasBackend) backends.push(host);
  }
  return { fronts, backends: backends.sort() };
}

function coverageOf(host: string, fronts: readonly string[], roles: RolesOf): Coverage {
  const has = (role: LogRole, hosts: readonly string[]) =>
    hosts.some((name) => roles.get(name)?.has(role) === true);
  return {
    access: has('access', [host, ...fronts]),
    error: has('error', [host, ...fronts]),
    gunicorn: has('gunicorn', [host]),
    system: has('system', [host]),
  };
}

function readBackends(records: HostRecords): Observation[] {
  const observations: Observation[] = [];
  for (const log of records.logs) {
    readBackendLog(records.host, log, (observation) => observations.push(observation));
  }
  return observations;
}

function withEvidence(
  minutes: ReadonlyMap<number, Evidence>,
  observations: readonly Observation[],
): Map<number, Evidence> {
  const all = new Map(minutes);
  for (const observation of observations) {
    const minute = Math.floor(observation.at / MINUTE_MS);
    let evidence = all.get(minute);
    if (!evidence) {
      evidence = newEvidence();
      all.set(minute, evidence);
    }
    foldObservation(evidence, observation);
  }
  for (const evidence of all.values()) settleEvidence(evidence);
  return all;
}

function countMinute(rollup: Rollup, host: OpenHost, minute: number): void {
  const joined = around(host, minute - MINUTES_JOINED, minute + MINUTES_JOINED);
  const own = host.minutes.get(minute);
  const first = minute - MINUTES_BEFORE;
  const attributions = attributeSpan({
    host: host.name,
    from: minute * MINUTE_MS,
    to: (minute + 1) * MINUTE_MS,
    requests: joined.flatMap((evidence) => evidence.requests.kept),
    errors: joined.flatMap((evidence) => evidence.errors.kept),
    signals: around(host, first, minute + MINUTES_AFTER).flatMap(({ signals }) => signals.kept),
    answers: joined.flatMap((evidence) => evidence.answers.kept),
    droppedRequests: own?.requests.dropped ?? new Map(),
    droppedErrors: own?.errors.dropped ?? new Map(),
    before: stateBefore(host, first),
    coverage: host.coverage,
  });
  rollUp(rollup, host.name, attributions);
}

function around({ minutes }: OpenHost, first: number, last: number): Evidence[] {
  const found: Evidence[] = [];
  for (let minute = first; minute <= last; minute++) {
    const evidence = minutes.get(minute);
    if (evidence) found.push(evidence);
  }
  return found;
}

function stateBefore(host: OpenHost, minute: number): BackendState {
  return backendStates(host.before, signalsUntil(host, minute - 1)).at(-1) ?? host.before;
}

function signalsUntil({ minutes }: OpenHost, last: number): Signal[] {
  return [...minutes]
    .filter(([minute]) => minute <= last)
    .flatMap(([, evidence]) => evidence.signals.kept);
}

/** One state for each minute with a signal. */
function statesOf(host: OpenHost): HostStates {
  const told = [...host.minutes]
    .filter(([, evidence]) => evidence.signals.kept.length > 0)
    .sort(([a], [b]) => a - b);
  const states: { minute: number; state: BackendState }[] = [];
  let state = host.before;
  for (const [minute, { signals }] of told) {
    state = backendStates(state, signals.kept).at(-1) ?? state;
    states.push({ minute, state });
  }
  return { host: host.name, states };
}
