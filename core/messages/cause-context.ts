import type { TimeDetail } from './time-range.ts';

/** What evidence is shown with: short names of the files, and how much of a time is needed. */
export type EvidenceContext = {
  readonly names: ReadonlyMap<string, string>;
  readonly detail: TimeDetail;
};

/** What the causes of one report share. */
export type CauseContext = EvidenceContext & {
  /** All failures of the report: the whole that a bar is a part of. */
  readonly failures: number;
  /** Width of the column of ids and confidences at the right. */
  readonly idWidth: number;
  /** Hosts are only named when there is more than one. */
  readonly hasManyHosts: boolean;
  /** Whether a log was given that tells what clients saw. */
  readonly hasNginxLog: boolean;
};
