/** A server between a deployed function and the emulator: it lets requests through, answers them itself, or kills who sent them. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { killFunctionAt } from './kill-function.ts';

/** What becomes of one request. */
export type Ruling =
  | { readonly kind: 'pass' }
  /** The emulator never sees it. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body: string;
    }
  /** The emulator does what it is asked for, and the answer never comes. */
  | { readonly kind: 'lose' }
  /** The process that asks is gone before it has an answer, after the emulator did what it asked for, or without. */
  | { readonly kind: 'kill'; readonly isDone: boolean };

export type RelayedRequest = { readonly target: string; readonly body: string };

export const PASS: Ruling = { kind: 'pass' };

export type RelayOptions = {
  /** Where it passes requests on to. */
  readonly endpoint: string;
  /** Asked once for each request, retries of the SDK included. */
  readonly judge: (request: RelayedRequest) => Ruling;
  /** Told of each request that the emulator has taken. */
  readonly onDone?: (request: RelayedRequest) => void;
};

export class Relay {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(options: RelayOptions): Promise<Relay> {
    const server = createServer((request, response) => {
      // Of a function that was killed, nobody waits for the answer.
      relay(request, response, options).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  { endpoint, judge, onDone }: RelayOptions,
): Promise<void> {
  const body = await textOf(request);
  const relayed = { target: String(request.headers['x-amz-target'] ?? ''), body };
  const ruling = judge(relayed);
  if (ruling.kind === 'answer') {
    response.writeHead(ruling.status, ruling.headers).end(ruling.body);
    return;
  }
  if (ruling.kind === 'kill' && !ruling.isDone) return killFunctionAt(request.socket);
  const answer = await fetch(`${endpoint}${request.url}`, {
    method: 'POST',
    headers: headersOf(request),
    body,
  });
  const text = await answer.text();
  if (answer.ok) onDone?.(relayed);
  if (ruling.kind === 'kill') return killFunctionAt(request.socket);
  if (ruling.kind === 'lose') {
    request.socket.destroy();
    return;
  }
  const contentType = answer.headers.get('content-type') ?? 'text/plain';
  response.writeHead(answer.status, { 'content-type': contentType }).end(text);
}

/** What the emulator needs to know whose request it is. */
function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const names = ['content-type', 'authorization', 'x-amz-target', 'x-amz-date'];
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
