/** What one log's times without a zone, a year or anything at all are taken for: what the host's others tell. */
export type HostClock = {
  /** Local time minus UTC, milliseconds. */
  readonly localOffsetMs: number;
  /** A time the logs are near, epoch milliseconds. */
  readonly undatedAt: number;
};
