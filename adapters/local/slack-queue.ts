/**
 * Alerts on their way to Slack. They wait in the table, so that nothing else waits for Slack, and a restart, where
 * there is a store, loses none.
 */
import { isAppError } from '../../core/errors.ts';
import { endOfPrefix, type Row, type Table } from '../../core/table.ts';

export type QueuedMessage = {
  /** The same for a repetition. */
  readonly id: string;
  readonly payload: object;
};

/** Posts a message by the time that is given, epoch milliseconds. Throws when it could not: it is posted again later. */
export type PostToSlack = (message: QueuedMessage, untilMs: number) => Promise<PostOutcome>;

type PostOutcome =
  | { readonly kind: 'posted' | 'repeated' }
  | { readonly kind: 'refused'; readonly reason: string };

export type SlackQueueOptions = {
  readonly table: Table;
  readonly service: string;
  readonly post: PostToSlack;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly onNotice: (text: string) => void;
};

const LIFE_MS = 86_400_000;
/** More than that nobody will read: the oldest go. */
const MOST_WAITING = 200;
const ATTEMPT_MS = 90_000;
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;

export class SlackQueue {
  readonly #options: SlackQueueOptions;
  #restMs = 0;
  #notBefore = 0;
  #posting: Promise<void> | null = null;

  constructor(options: SlackQueueOptions) {
    this.#options = options;
  }

  /** The message is kept until it is posted, at most a day. */
  async add(message: QueuedMessage): Promise<void> {
    const { table, clock, service } = this.#options;
    const at = clock();
    await table.put({
      partition: partitionOf(service),
      sort: `${String(at).padStart(15, '0')}#${message.id.slice(0, 500)}`,
      body: JSON.stringify(message),
      version: message.id.slice(0, 500),
      expiresAt: Math.ceil((at + LIFE_MS) / 1_000) * 1_000,
    });
  }

  /** Starts posting what waits, in order, unless it is at it or has to rest. Never throws. */
  start(): void {
    if (this.#posting !== null || this.#options.clock() < this.#notBefore) return;
    this.#posting = this.#postAll().finally(() => {
      this.#posting = null;
    });
  }

  /** Until what is being posted is. */
  async settled(): Promise<void> {
    await this.#posting;
  }

  async #postAll(): Promise<void> {
    try {
      for (const row of await this.#waiting()) await this.#postOne(row);
      this.#restMs = 0;
    } catch (error) {
      this.#restMs = Math.min(Math.max(FIRST_REST_MS, this.#restMs * 2), LONGEST_REST_MS);
      this.#notBefore = this.#options.clock() + this.#restMs;
      const again = `tried again in ${Math.round(this.#restMs / 1_000)} s`;
      this.#options.onNotice(`not posted to Slack: ${reasonOf(error)}; ${again}`);
    }
  }

  async #waiting(): Promise<readonly Row[]> {
    const { table, service, onNotice } = this.#options;
    const rows = await table.query({
      partition: partitionOf(service),
      from: '',
      to: endOfPrefix(''),
    });
    const tooMany = rows.slice(0, Math.max(0, rows.length - MOST_WAITING));
    for (const row of tooMany) await table.deleteIf(row, row.version);
    if (tooMany.length > 0) onNotice(`${tooMany.length} of the alerts for Slack were dropped`);
    return rows.slice(tooMany.length);
  }

  async #postOne(row: Row): Promise<void> {
    const { table, post, clock, onNotice } = this.#options;
    const message: QueuedMessage = JSON.parse(row.body);
    const outcome = await post(message, clock() + ATTEMPT_MS);
    if (outcome.kind === 'refused') onNotice(`Slack refused an alert: ${outcome.reason}`);
    await table.deleteIf(row, row.version);
  }
}

function reasonOf(error: unknown): string {
  if (!isAppError(error)) return 'something unexpected happened';
  // Its hints are about the deployed function.
  return error.message;
}

/** `L#service`: alerts for Slack. */
function partitionOf(service: string): string {
  return `L#${service}`;
}
