import { LabError } from './lab-error.ts';
import type { Reply } from './reply.ts';
import type { ClientCounts, Truth } from './truth.ts';

/** What the scenario knows about one request before it is sent. */
export type Expectation = {
  /** The cause, should this request fail at the gateway, be retried or come back cut. Without one it must succeed. */
  readonly blame?: string;
  /** The only statuses it may have; default 200 and 201 without `blame`, any with it. */
  readonly expect?: readonly string[];
  /** A 500 of this request is made by NGINX, or by Gunicorn for a worker timeout: a gateway failure. */
  readonly is500Failure?: boolean;
  /** A cut body is what the scenario wants; otherwise it is a surprise. */
  readonly mayBeCut?: boolean;
  /** The body as the application meant it: tells a corrupted one of full length. */
  readonly isBodyGood?: (body: Buffer) => boolean;
};

type Counts = Record<string, number>;

/** The client's own book of what it saw, out of which a scenario's truth is made. */
export class Ledger {
  readonly #byStatus: Counts = {};
  readonly #causes: Counts = {};
  readonly #retried: Counts = {};
  readonly #cut: Counts = {};
  readonly #surprises: string[] = [];
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  /** Enters one request that was sent at `sentMs` and answered just now. */
  enter(name: string, sentMs: number, reply: Reply, expected: Expectation): void {
    this.#first = Math.min(this.#first, sentMs);
    this.#last = Math.max(this.#last, Date.now());
    count(this.#byStatus, reply.status);
    const allowed = expected.expect ?? (expected.blame ? undefined : ['200', '201']);
    if (allowed && !allowed.includes(reply.status)) this.#surprise(name, reply.status);
    if (isGatewayFailure(reply.status, expected)) this.#blame(this.#causes, name, expected);
    else this.#enterAnswered(name, reply, expected);
  }

  #enterAnswered(name: string, reply: Reply, expected: Expectation): void {
    const isCut = !reply.isComplete || expected.isBodyGood?.(reply.body) === false;
    if (isCut && reply.status !== 'aborted') {
      if (!expected.mayBeCut) this.#surprise(name, `${reply.status}, cut`);
      this.#blame(this.#cut, name, expected);
    }
    // NGINX tells the client in X-Tries what each try ended with: "502, 200".
    const hidden = (reply.headers.get('x-tries') ?? '').split(', ').length - 1;
    if (hidden > 0) this.#blame(this.#retried, name, expected, hidden);
  }

  #blame(counts: Counts, name: string, expected: Expectation, by = 1): void {
    if (expected.blame) count(counts, expected.blame, by);
    else this.#surprise(name, 'failed, and the scenario has no cause for it');
  }

  #surprise(name: string, what: string): void {
    this.#surprises.push(`${name}: ${what}`);
  }

  /** The counts; throws when anything happened that the scenario did not foresee. */
  close(): Pick<
    Truth,
    'client' | 'failures' | 'causes' | 'retried' | 'truncatedCauses' | 'window'
  > {
    if (this.#surprises.length > 0) {
      const shown = this.#surprises.slice(0, 5).join('; ');
      throw new LabError(`${this.#surprises.length} surprises for the client: ${shown}`);
    }
    return {
      client: this.counts(),
      failures: sum(this.#causes),
      causes: this.#causes,
      retried: this.#retried,
      truncatedCauses: this.#cut,
      window: { from: iso(this.#first), to: iso(this.#last) },
    };
  }

  /** What was counted so far. */
  counts(): ClientCounts {
    return {
      total: sum(this.#byStatus),
      byStatus: this.#byStatus,
      truncated: sum(this.#cut),
    };
  }
}

function isGatewayFailure(status: string, expected: Expectation): boolean {
  if (status === '500') return expected.is500Failure === true;
  return status === '502' || status === '504' || status === '009';
}

function count(counts: Counts, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

const sum = (counts: Counts): number => Object.values(counts).reduce((a, b) => a + b, 0);

const iso = (ms: number): string => new Date(ms).toISOString();
