import { exchange, type Manners, type Target } from './exchange.ts';
import type { Expectation, Ledger } from './ledger.ts';
import { pick, type Random } from './random.ts';
import type { Reply } from './reply.ts';
import { sleep } from './wait.ts';

/** One request and what the scenario knows about it. */
export type Call = Expectation &
  Manners & {
    readonly method?: string;
    /** Replaces the default headers of the same name; `null` leaves one out. */
    readonly headers?: Readonly<Record<string, string | null>>;
    readonly body?: string | Buffer;
    /** Sent instead of "METHOD PATH HTTP/1.1", for clients with bad manners. */
    readonly requestLine?: string;
  };

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
  'ShopApp/7.14.2 (com.example.shop; iOS 17.6.1)',
  'python-requests/2.32.3',
  'okhttp/4.12.0',
  'curl/8.5.0',
] as const;

// Documentation addresses (RFC 5737): NGINX takes them from X-Forwarded-For, as behind a load balancer.
const ADDRESSES = [
  '203.0.113.7',
  '203.0.113.41',
  '198.51.100.23',
  '198.51.100.99',
  '192.0.2.118',
] as const;

/** Sends requests to one NGINX, counts what comes back, remembers nothing else. */
export class Client {
  readonly target: Target;
  readonly #ledger: Ledger;
  readonly #random: Random;

  constructor(target: Target, ledger: Ledger, random: Random) {
    this.target = target;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** One request on its own connection. */
  async send(path: string, call: Call = {}): Promise<Reply> {
    const sentMs = Date.now();
    const reply = await exchange(this.target, this.#bytes(path, call), call);
    this.#ledger.enter(`${call.method ?? 'GET'} ${path}`, sentMs, reply, call);
    return reply;
  }

  /** So many requests at the same moment. */
  burst(count: number, path: (n: number) => string, call: Call = {}): Promise<Reply[]> {
    return Promise.all(Array.from({ length: count }, (_, n) => this.send(path(n), call)));
  }

  /** So many requests one after the other, each `everyMs` after the answer to the one before. */
  async series(count: number, path: (n: number) => string, call: Call = {}, everyMs = 20) {
    for (let n = 0; n < count; n += 1) {
      await this.send(path(n), call);
      await sleep(everyMs);
    }
  }

  /** So many requests at a steady rate, whether or not earlier ones were answered. */
  async steady(count: number, everyMs: number, path: (n: number) => string, call: Call = {}) {
    const sent: Promise<Reply>[] = [];
    for (let n = 0; n < count; n += 1) {
      sent.push(this.send(path(n), call));
      await sleep(everyMs);
    }
    return Promise.all(sent);
  }

  #bytes(path: string, call: Call): Buffer {
    const body = Buffer.from(call.body ?? '');
    const headers: Record<string, string | null> = {
      Host: 'shop.example',
      'User-Agent': pick(this.#random, AGENTS),
      'X-Forwarded-For': pick(this.#random, ADDRESSES),
      Accept: '*/*',
      Connection: 'close',
      ...(call.body === undefined ? {} : { 'Content-Length': String(body.length) }),
      ...call.headers,
    };
    const lines = Object.entries(headers).flatMap(([k, v]) => (v === null ? [] : [`${k}: ${v}`]));
    const first = call.requestLine ?? `${call.method ?? 'GET'} ${path} HTTP/1.1`;
    const head = `${[first, ...lines].join('\r\n')}\r\n\r\n`;
    // latin1 keeps every byte that an attack puts into a header as it is.
    return Buffer.concat([Buffer.from(head, 'latin1'), body]);
  }
}
