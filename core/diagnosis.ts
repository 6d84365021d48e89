/**
 * The result of the main job, exactly as `diagnose --format json` prints it (`badgateway/diagnosis@1`).
 * Times are ISO 8601 in UTC with milliseconds. Texts taken from logs are ordinary strings here: decoded as
 * UTF-8 with control characters made visible, but not escaped for any one place of display.
 */
import type { CauseId } from './catalogue/cause-ids.ts';
import type { Confidence, LogRole, MechanismId, SignalId } from './model.ts';

export const DIAGNOSIS_SCHEMA = 'badgateway/diagnosis@1';

export type InputSummary = {
  readonly path: string;
  readonly role: LogRole;
  readonly host: string;
  readonly lines: number;
  readonly unparsed: number;
  /** What was recognised, in words: `combined`, `no time zone in the file; UTC fits access.log`, `Gunicorn 23.0.0, sync`. */
  readonly notes: readonly string[];
};

export type EvidenceLine = {
  readonly role: LogRole;
  readonly at: string;
  readonly host: string;
  readonly path: string;
  /** 1-based; `null` where the source has no line numbers (a log stream). */
  readonly lineNumber: number | null;
  readonly line: string;
};

/** One step: what to do, why, the commands to type and how to see that it worked. */
export type Fix = {
  readonly title: string;
  readonly why: string;
  readonly commands: readonly string[];
  readonly verify: readonly string[];
};

export type Count<K extends string> = { readonly [key in K]: string } & {
  readonly failures: number;
};

export type Symptom = { readonly mechanism: MechanismId; readonly count: number };
type SignalCount = { readonly signal: SignalId; readonly count: number };

/** Failures a minute (or a coarser bucket), for the sparkline and the page's timeline. */
export type TimelineBucket = { readonly at: string; readonly failures: number };

export type Diagnosis = {
  readonly cause: CauseId;
  /** The verdict as one sentence: `Gunicorn killed workers that took longer than 30 s`. */
  readonly title: string;
  readonly severity: 'critical' | 'high' | 'medium' | 'low';
  readonly mechanism: MechanismId | null;
  readonly confidence: Confidence;
  readonly failures: number;
  /** Upstream errors hidden from clients by a successful next upstream, or that no client waited for. */
  readonly retried: number;
  /** Responses cut off or stalled after their status was sent: the client saw 200 and a broken body. */
  readonly truncated: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly hosts: readonly Count<'host'>[];
  readonly routes: readonly Count<'route'>[];
  readonly upstreams: readonly Count<'upstream'>[];
  readonly timeline: readonly TimelineBucket[];
  readonly evidence: readonly EvidenceLine[];
  readonly absent: readonly string[];
  readonly symptoms: readonly Symptom[];
  readonly signals: readonly SignalCount[];
  readonly fixes: readonly Fix[];
  readonly docs: readonly string[];
};

export type DiagnosisReport = {
  readonly schema: typeof DIAGNOSIS_SCHEMA;
  readonly inputs: readonly InputSummary[];
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly requests: {
    readonly total: number;
    readonly byStatus: Readonly<Record<string, number>>;
  } | null;
  readonly failures: number;
  readonly diagnoses: readonly Diagnosis[];
  /** What limits the answer, one sentence each: no access log, an assumed zone, a log that was silent. */
  readonly notes: readonly string[];
  readonly unparsed: { readonly lines: number; readonly samples: readonly EvidenceLine[] };
};
