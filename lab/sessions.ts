import { Agent, type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Target } from './exchange.ts';
import type { Expectation, Ledger } from './ledger.ts';
import type { Reply } from './reply.ts';

/** Several requests over one connection: in the error log they all share one connection number. */
export type Session = {
  readonly get: (path: string, expected?: Expectation) => Promise<Reply>;
  readonly close: () => void;
};

const HEADERS = { 'user-agent': 'ShopApp/7.14.2 (com.example.shop; iOS 17.6.1)' };

/** HTTP/1.1 with keep-alive, one request after the other. */
export function openKeepAlive(target: Target, ledger: Ledger): Session {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const where =
    'port' in target ? { host: '127.0.0.1', port: target.port } : { socketPath: target.path };
  const get = (path: string) =>
    new Promise<Reply>((resolve, reject) => {
      const headers = { ...HEADERS, host: 'shop.example' };
      const sent = request({ ...where, path, agent, headers }, (message) =>
        collect(message, resolve),
      );
      sent.on('error', reject);
      sent.end();
    });
  return { get: counted(ledger, get), close: () => agent.destroy() };
}

function collect(message: IncomingMessage, resolve: (reply: Reply) => void): void {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('close', () =>
    resolve({
      status: String(message.statusCode),
      headers: new Map(Object.entries(message.headers).map(([k, v]) => [k, String(v)])),
      body: Buffer.concat(chunks),
      isComplete: message.complete,
    }),
  );
}

/** HTTP/2 without TLS, by prior knowledge; requests may overlap. */
export function openHttp2(port: number, ledger: Ledger): Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => session.destroy());
  const get = (path: string) =>
    new Promise<Reply>((resolve, reject) => {
      const stream = session.request({ ...HEADERS, ':path': path, ':authority': 'shop.example' });
      const chunks: Buffer[] = [];
      let status = '000';
      stream.on('response', (headers) => {
        status = String(headers[':status']);
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () =>
        resolve({ status, headers: new Map(), body: Buffer.concat(chunks), isComplete: true }),
      );
      stream.end();
    });
  return { get: counted(ledger, get), close: () => session.close() };
}

function counted(ledger: Ledger, get: (path: string) => Promise<Reply>): Session['get'] {
  return async (path, expected = {}) => {
    const sentMs = Date.now();
    const reply = await get(path);
    ledger.enter(`GET ${path}`, sentMs, reply, expected);
    return reply;
  };
}
