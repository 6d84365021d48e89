/** When an incident is opened, told again, and over. */
export type Policy = {
  /** Failures of one cause within `windowMs` that open an incident. */
  readonly minFailures: number;
  readonly windowMs: number;
  /** Share of all requests, 0 to 1, that opens one with fewer failures, when the traffic is known. */
  readonly minRate: number;
  /** Requests within `windowMs` below which a share means nothing. */
  readonly minRequests: number;
  /** Quiet time after which an incident is over. */
  readonly resolveAfterMs: number;
  /** An incident that comes back within this time after it was over is the same one. */
  readonly reopenWithinMs: number;
  /** Time after which an incident that goes on is told again. */
  readonly renotifyMs: number;
  /** How long a verdict that late logs are likely to sharpen is waited for. */
  readonly patienceMs: number;
  /** Failures older than this open nothing: a backlog or a backfill never alerts. */
  readonly maxAgeMs: number;
};

export const DEFAULT_POLICY: Policy = {
  minFailures: 5,
  windowMs: 5 * 60_000,
  minRate: 0.01,
  minRequests: 100,
  resolveAfterMs: 10 * 60_000,
  reopenWithinMs: 30 * 60_000,
  renotifyMs: 4 * 3_600_000,
  patienceMs: 30_000,
  maxAgeMs: 3_600_000,
};
