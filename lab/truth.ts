/** The verdict that a scenario knows to be right, from its client and from what it did itself; never from logs. */
export type Truth = {
  readonly scenario: string;
  readonly description: string;
  readonly recorded: {
    /** ISO 8601, UTC. */
    readonly at: string;
    readonly nginx: string;
    readonly gunicorn: string;
    readonly workerClass: string;
    readonly how: string;
  };
  /** Extra arguments `diagnose` needs, such as a custom log format. */
  readonly args: readonly string[];
  /** Files or directories, relative to the scenario's own, in the order given to `diagnose`. */
  readonly inputs: readonly string[];
  readonly client: ClientCounts;
  /** Gateway failures as contracts.md counts them; the sum of `causes`. */
  readonly failures: number;
  /** Cause id of causes.md → failures that a client saw because of it. */
  readonly causes: Readonly<Record<string, number>>;
  /** Cause id → upstream errors that a successful retry hid from the client. */
  readonly retried: Readonly<Record<string, number>>;
  /** Cause id → responses cut, or corrupted, after their headers. */
  readonly truncatedCauses: Readonly<Record<string, number>>;
  /** Only where the scenario is sure of it. */
  readonly confidence?: Readonly<Record<string, Confidence>>;
  /** First request sent to last reply seen, ISO 8601, UTC. */
  readonly window: { readonly from: string; readonly to: string };
};

/** What the client saw with its own eyes. */
export type ClientCounts = {
  readonly total: number;
  /** Status as three digits, "009" for an HTTP/0.9 answer, or "aborted" when the client hung up. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Replies with a good status whose body was cut or corrupted. */
  readonly truncated: number;
};

/** How sure a diagnosis may be of its cause; see contracts.md. */
type Confidence = 'confirmed' | 'likely' | 'unexplained';
