/** What can be asked of the service's logs, and what comes back. */

/** Lines of one log group at one time. */
export type LogQuery = {
  readonly group: string;
  /** Names of the streams to look into; empty: all. */
  readonly streams: readonly string[];
  /** CloudWatch filter pattern; '': every event. */
  readonly pattern: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Events at the most, the oldest. */
  readonly limit: number;
};

export type FoundEvent = {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly stream: string;
  /** One line, or several where the agent puts them together. */
  readonly message: string;
};

/** Looks for events; rejects when it cannot, or not in the time that it has. */
export type LogSearch = (query: LogQuery) => Promise<readonly FoundEvent[]>;

/** Names of a service's log groups by the role of their logs; with a `*` at the end where they are many. */
export type GroupsByRole = Readonly<Record<string, readonly string[]>>;
