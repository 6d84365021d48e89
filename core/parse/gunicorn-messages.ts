/**
 * The messages Gunicorn, and Uvicorn or Hypercorn in or beside it, write into the error log, each known by
 * how it begins (Gunicorn 19 to 27: arbiter.py, sock.py, workers/*.py, asgi/*.py; Uvicorn server.py).
 */

import { digitAt, endOfDigits } from './byte-string.ts';

/** Who may write a message: the arbiter (master) alone, a worker about itself, or either. */
type MessageWriter = 'arbiter' | 'worker' | 'any';

export type MessageKind =
  | 'starting'
  | 'listening'
  | 'using-worker'
  | 'worker-timeout'
  | 'worker-reaped'
  | 'shutting-down'
  | 'halt-reason'
  | 'handling-signal'
  | 'hang-up'
  | 'main-loop-exception'
  | 'stop-workers'
  | 'promoted'
  | 'unhandled-signal'
  | 'bind-failure'
  | 'booting'
  | 'exiting'
  | 'worker-exception'
  | 'load-failure'
  | 'request-error'
  | 'socket-error'
  | 'invalid-request'
  | 'recycling'
  | 'parent-changed'
  | 'worker-shutdown'
  | 'code-reload'
  | 'worker-crash'
  | 'fd-exhausted';

/** What is known of a message from its beginning alone. */
export type MessageRule = {
  readonly prefix: string;
  readonly kind: MessageKind;
  readonly by: MessageWriter;
  /** A traceback after it belongs to it (`log.exception`). */
  readonly hasTraceback: boolean;
};

function rules(
  by: MessageWriter,
  hasTraceback: boolean,
  kinds: Partial<Record<MessageKind, readonly string[]>>,
): MessageRule[] {
  return (Object.keys(kinds) as MessageKind[]).flatMap((kind) =>
    (kinds[kind] ?? []).map((prefix) => ({ prefix, kind, by, hasTraceback })),
  );
}

const RULES: readonly MessageRule[] = [
  ...rules('arbiter', false, {
    starting: ['Starting gunicorn '],
    listening: ['Listening at: '],
    'using-worker': ['Using worker: '],
    'worker-timeout': ['WORKER TIMEOUT (pid:'],
    'worker-reaped': ['Worker (pid:', 'Worker with pid '],
    'shutting-down': ['Shutting down: '],
    'halt-reason': ['Reason: '],
    'handling-signal': ['Handling signal: '],
    'hang-up': ['Hang up: '],
    'stop-workers': ['graceful stop of workers'],
    promoted: ['Master has been promoted.'],
    'unhandled-signal': ['Unhandled signal: '],
  }),
  ...rules('arbiter', true, {
    'main-loop-exception': ['Unhandled exception in main loop', 'unhandled exception in main loop'],
  }),
  ...rules('worker', false, {
    booting: ['Booting worker with pid: '],
    exiting: ['Worker exiting (pid: '],
    'invalid-request': ['Invalid request from ip='],
    recycling: ['Autorestarting worker after current request.'],
    'parent-changed': ['Parent changed, shutting down: '],
    'worker-shutdown': [
      'Worker graceful timeout (pid:',
      'Worker shutting down...',
      'Forcing close of ',
    ],
    'code-reload': ['Worker reloading: '],
  }),
  ...rules('worker', true, {
    'worker-exception': ['Exception in worker process'],
    'load-failure': [
      'Exception while loading the application',
      'Worker failed to boot',
      'App failed to load',
      'Application startup failed. Exiting.',
      'ASGI lifespan startup failed: ',
      'Error loading ASGI app',
    ],
    'request-error': [
      'Error handling request',
      'Error processing request.',
      'Error handling HTTP/2 request',
      'Error in ASGI application',
      'Error in WebSocket ASGI application',
      'Exception in ASGI application',
      'ASGI application returned without completing',
      'ASGI callable returned without',
    ],
    'socket-error': ['Socket error processing request.'],
    'worker-crash': ['Worker exception: '],
    'fd-exhausted': ['socket.accept() out of system resource'],
  }),
  ...rules('any', false, {
    listening: ['Uvicorn running on ', 'Running on http'],
    'stop-workers': ['Quick shutdown requested'],
    'worker-shutdown': ['Shutting down'],
    'worker-crash': ['Child process ['],
    'bind-failure': [
      'Connection in use: ',
      "Can't connect to ",
      'Invalid address: ',
      'Retrying in 1 second.',
      'connection to ',
      'No servers could be started',
      'Failed to create server on ',
      '[Errno 98] error while attempting to bind',
      '[Errno 99] error while attempting to bind',
      '[Errno 13] error while attempting to bind',
    ],
  }),
];

/** Rules by their first two characters; a longer prefix comes before one it starts with. */
const BY_START: ReadonlyMap<number, readonly MessageRule[]> = indexRules();

function indexRules(): Map<number, MessageRule[]> {
  const index = new Map<number, MessageRule[]>();
  for (const rule of [...RULES].sort((a, b) => b.prefix.length - a.prefix.length)) {
    const code = startCode(rule.prefix, 0);
    const bucket = index.get(code);
    if (bucket === undefined) index.set(code, [rule]);
    else bucket.push(rule);
  }
  return index;
}

function startCode(text: string, at: number): number {
  return (text.charCodeAt(at) << 8) | text.charCodeAt(at + 1);
}

const STARTS = new Uint8Array(65_536);
for (const code of BY_START.keys()) STARTS[code] = 1;

/** Whether a message of Gunicorn begins with these two characters: a first look that costs next to nothing. */
export function startsMessage(first: number, second: number): boolean {
  return STARTS[(first << 8) | second] === 1;
}

/** The rule of the message that begins at `at`, or `null` for one that says nothing about the backend. */
export function findMessageRule(text: string, at: number): MessageRule | null {
  const bucket = BY_START.get(startCode(text, at));
  return bucket?.find((rule) => text.startsWith(rule.prefix, at)) ?? null;
}

/** The process a message is about: the pid right after how it begins, or Gunicorn's `(4671)` at its end. */
export function readSubjectPid(message: string, rule: MessageRule): number | null {
  const at = rule.kind === 'listening' ? message.lastIndexOf(' (') + 2 : rule.prefix.length;
  if (at < 2 || digitAt(message, at) < 0) return null;
  const end = endOfDigits(message, at);
  return end - at > 10 ? null : Number(message.slice(at, end));
}
