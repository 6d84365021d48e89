/** From a rollup to the report people and programs read (`badgateway/diagnosis@1`). */
import { CATALOGUE } from '../catalogue/catalogue.ts';
import {
  type Count,
  DIAGNOSIS_SCHEMA,
  type Diagnosis,
  type DiagnosisReport,
  type EvidenceLine,
  type InputSummary,
  type Symptom,
} from '../diagnosis.ts';
import { printable } from '../messages/printable.ts';
import { CONFIDENCES, type Confidence, LOG_ROLES, MECHANISMS, SIGNALS } from '../model.ts';
import { type Tally, topOfTally } from '../tally.ts';
import { bucketsOf } from '../timeline.ts';
import { lookedForInVain, type RolesSeen } from './absent.ts';
import { fixContextOf, type Settings } from './fix-facts.ts';
import type { CauseRollup, Exhibit, Rollup } from './rollup.ts';

export type ReportInput = {
  readonly inputs: readonly InputSummary[];
  /** First and last time of the logs, epoch milliseconds; `null` when no line had one. */
  readonly window: { readonly from: number; readonly to: number } | null;
  /** Requests by status, from access logs; `null` without one. */
  readonly requestsByStatus: ReadonlyMap<string, number> | null;
  readonly rollup: Rollup;
  readonly roles: RolesSeen;
  readonly settings: Settings;
  readonly notes: readonly string[];
  readonly unparsed: { readonly lines: number; readonly samples: readonly Exhibit[] };
};

/** Places shown of each kind. */
const SHOWN_PLACES = 10;

export function buildReport(input: ReportInput): DiagnosisReport {
  const entries = [...input.rollup.values()].filter(isWorthTelling);
  const diagnoses = entries.map((entry) => diagnosisOf(entry, input)).sort(compareDiagnoses);
  return {
    schema: DIAGNOSIS_SCHEMA,
    inputs: input.inputs,
    window: input.window && { from: isoTime(input.window.from), to: isoTime(input.window.to) },
    requests: input.requestsByStatus && requestsOf(input.requestsByStatus),
    failures: diagnoses.reduce((sum, diagnosis) => sum + diagnosis.failures, 0),
    diagnoses,
    notes: input.notes,
    unparsed: {
      lines: input.unparsed.lines,
      samples: input.unparsed.samples.map(evidenceLine),
    },
  };
}

function isWorthTelling(entry: CauseRollup): boolean {
  return entry.failures + entry.retried + entry.truncated + entry.findings > 0;
}

function requestsOf(byStatus: ReadonlyMap<string, number>) {
  const sorted = [...byStatus].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    total: sorted.reduce((sum, [, count]) => sum + count, 0),
    byStatus: Object.fromEntries(sorted),
  };
}

function compareDiagnoses(a: Diagnosis, b: Diagnosis): number {
  return b.failures - a.failures || (a.cause < b.cause ? -1 : 1);
}

function diagnosisOf(entry: CauseRollup, input: ReportInput): Diagnosis {
  const cause = CATALOGUE[entry.cause];
  const context = fixContextOf(entry, input.settings);
  return {
    cause: entry.cause,
    title: cause.title(context),
    severity: cause.severity,
    mechanism: topName(entry.mechanisms, MECHANISMS),
    confidence: confidenceOf(entry),
    failures: entry.failures,
    retried: entry.retried,
    truncated: entry.truncated,
    firstSeen: isoTime(entry.firstSeen),
    lastSeen: isoTime(entry.lastSeen),
    byStatus: Object.fromEntries(
      topOfTally(entry.statuses, SHOWN_PLACES).map(({ name, count }) => [name, count]),
    ),
    hosts: places(entry.hosts, 'host'),
    routes: places(entry.routes, 'route'),
    upstreams: places(entry.upstreams, 'upstream'),
    timeline: bucketsOf(entry.timeline).map(({ at, count }) => ({
      at: isoTime(at),
      failures: count,
    })),
    evidence: evidenceOf(entry),
    absent: lookedForInVain(entry, input.roles),
    symptoms: symptomsOf(entry.symptoms),
    signals: SIGNALS.map((signal) => ({
      signal,
      count: entry.facts.signals.counts.get(signal) ?? 0,
    })).filter(({ count }) => count > 0),
    fixes: [...cause.steps(context)],
    docs: cause.docs,
  };
}

/** The confidence of most of its failures; the weaker one in a tie. */
function confidenceOf(entry: CauseRollup): Confidence {
  let best: Confidence = 'unexplained';
  let most = 0;
  for (const confidence of [...CONFIDENCES].reverse()) {
    const count = entry.confidences.get(confidence) ?? 0;
    if (count > most) {
      most = count;
      best = confidence;
    }
  }
  return best;
}

function topName<T extends string>(tally: Tally, names: readonly T[]): T | null {
  const top = topOfTally(tally, 1)[0]?.name;
  return names.find((name) => name === top) ?? null;
}

function places<K extends 'host' | 'route' | 'upstream'>(tally: Tally, key: K): Count<K>[] {
  return topOfTally(tally, SHOWN_PLACES)
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => ({ [key]: printable(name), failures: count }) as Count<K>);
}

function symptomsOf(tally: Tally): Symptom[] {
  return MECHANISMS.map((mechanism) => ({
    mechanism,
    count: tally.counts.get(mechanism) ?? 0,
  })).filter(({ count }) => count > 0);
}

function evidenceOf(entry: CauseRollup): EvidenceLine[] {
  return LOG_ROLES.flatMap((role) => entry.exhibits.get(role) ?? []).map(evidenceLine);
}

function evidenceLine(exhibit: Exhibit): EvidenceLine {
  return {
    role: exhibit.role,
    at: isoTime(exhibit.at),
    host: printable(exhibit.host),
    path: printable(exhibit.path),
    lineNumber: exhibit.lineNumber > 0 ? exhibit.lineNumber : null,
    line: printable(exhibit.line),
  };
}

/** ISO 8601 in UTC; a time no calendar has (a damaged line) becomes the epoch. */
function isoTime(at: number): string {
  return new Date(Number.isFinite(at) && Math.abs(at) < 8.64e15 ? at : 0).toISOString();
}
