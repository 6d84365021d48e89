/** A server that stands for Slack's webhooks: what it answers is given one by one, `ok` after that. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SlackAnswer = {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** It takes the request and never answers. */
  readonly isSilent?: boolean;
};

export type SlackPost = {
  readonly path: string;
  readonly contentType: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was posted
  readonly payload: any;
};

export class SlackServer {
  readonly posts: SlackPost[] = [];
  answers: SlackAnswer[] = [];
  /** An answer for one message, before those that are given one by one. */
  answerTo: (post: SlackPost) => SlackAnswer | undefined = () => undefined;
  /** Called when a message has come. */
  onPost: () => void = () => {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SlackServer> {
    const server = createServer(async (request, response) => {
      const text = await textOf(request);
      const post = {
        path: request.url ?? '',
        contentType: request.headers['content-type'],
        payload: JSON.parse(text),
      };
      slack.posts.push(post);
      slack.onPost();
      const answer = slack.answerTo(post) ?? slack.answers.shift() ?? { status: 200, body: 'ok' };
      if (answer.isSilent) return;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    const slack = new SlackServer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return slack;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  clear(): void {
    this.posts.length = 0;
    this.answers = [];
    this.answerTo = () => undefined;
    this.onPost = () => {};
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
