/** What an agent on a host does: it follows log files and sends their new lines with PutLogEvents. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';

/** One file of a host, and where its lines go. */
export type FollowedFile = {
  readonly path: string;
  readonly group: string;
  /** By default of the agent the name of the host. */
  readonly stream: string;
  readonly timestamps: keyof typeof TIMESTAMPS;
  /** How often new lines are sent: agents send each log on its own. */
  readonly everyMs: number;
};

/** One PutLogEvents that was answered. */
export type Shipment = {
  readonly group: string;
  readonly lines: readonly string[];
  /** When the answer came, epoch milliseconds. */
  readonly at: number;
};

/** A line's time by the agent's `timestamp_format` of its log; a line without one has the time of the line before. */
const TIMESTAMPS = {
  /** `%d/%b/%Y:%H:%M:%S %z` */
  access: (line: string) => {
    const [, day, month, year, time, zone] =
      /\[(\d\d)\/(\w{3})\/(\d{4}):([\d:]{8}) ([+-]\d{4})\]/.exec(line) ?? [];
    return Date.parse(`${day} ${month} ${year} ${time} ${zone}`);
  },
  /** `%Y/%m/%d %H:%M:%S` */
  error: (line: string) =>
    Date.parse(`${/^\d{4}\/\d\d\/\d\d [\d:]{8}/.exec(line)?.[0].replaceAll('/', '-')}Z`),
  /** `%Y-%m-%d %H:%M:%S %z` */
  gunicorn: (line: string) =>
    Date.parse(/^\[(\d{4}-\d\d-\d\d [\d:]{8} [+-]\d{4})\]/.exec(line)?.[1] ?? ''),
  /** None: the time at which the agent reads a line. */
  none: () => Number.NaN,
} as const;

/** Sends until it is told to stop. */
export class Shipper {
  readonly shipments: Shipment[] = [];
  readonly #client: CloudWatchLogsClient;
  readonly #stopped = new AbortController();
  readonly #work: Promise<void>[] = [];

  constructor(client: CloudWatchLogsClient) {
    this.#client = client;
  }

  /** Begins with a file, which need not be there yet. */
  follow(file: FollowedFile): void {
    this.#work.push(this.#followUntilStopped(file));
  }

  /** Sends what is left. Throws what CloudWatch Logs refused. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#work);
  }

  async #followUntilStopped(file: FollowedFile): Promise<void> {
    const tail = new Tail(file.path);
    let last = Date.now();
    const place = { logGroupName: file.group, logStreamName: file.stream };
    await this.#client.send(new CreateLogStreamCommand(place));
    for (let isOver = false; !isOver; ) {
      isOver = await this.#pause(file.everyMs);
      const lines = tail.read(isOver);
      const logEvents = lines.map((message) => {
        const at = TIMESTAMPS[file.timestamps](message);
        last = Number.isNaN(at) ? (file.timestamps === 'none' ? Date.now() : last) : at;
        return { message, timestamp: last };
      });
      if (logEvents.length === 0) continue;
      // As PutLogEvents wants them, and the agent does.
      logEvents.sort((a, b) => a.timestamp - b.timestamp);
      await this.#client.send(new PutLogEventsCommand({ ...place, logEvents }));
      this.shipments.push({ group: file.group, lines, at: Date.now() });
    }
  }

  /** True when it was told to stop. */
  async #pause(ms: number): Promise<boolean> {
    await wait(ms, undefined, { signal: this.#stopped.signal }).catch(() => {});
    return this.#stopped.signal.aborted;
  }
}

/** Reads what a file has got since the last time. */
class Tail {
  readonly #path: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** Whole lines; the last one, too, when nothing more will come. Empty ones are left out, as the agent does. */
  read(isLast: boolean): string[] {
    this.#rest = Buffer.concat([this.#rest, this.#readNew()]);
    const end = isLast ? this.#rest.length : this.#rest.lastIndexOf('\n') + 1;
    const lines = this.#rest.subarray(0, end).toString('utf8').split('\n');
    this.#rest = this.#rest.subarray(end);
    return lines.filter((line) => line !== '');
  }

  #readNew(): Buffer {
    if (!existsSync(this.#path)) return Buffer.alloc(0);
    const file = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - this.#offset));
      this.#offset += readSync(file, bytes, 0, bytes.length, this.#offset);
      return bytes;
    } finally {
      closeSync(file);
    }
  }
}
