/** Errors while a request was handled (Gunicorn workers/base.py `handle_error`, asgi/protocol.py). */
import type { SignalFacts } from '../model.ts';
import type { GunicornEntry } from '../parse/gunicorn-entry.ts';
import type { Observed } from './observed.ts';
import {
  applicationFrame,
  errnoOf,
  findAbort,
  isGunicornPath,
  lastException,
  readTraceback,
  type TracebackBlock,
} from './traceback.ts';

const EMFILE = 24;
const ENFILE = 23;
const START = 'Error handling request';

/**
 * A request that ended in an exception; `isAbort` when the arbiter ended it. Out of file descriptors counts
 * only as the first exception of the chain: what follows that one may be text that a client chose.
 */
export function observeRequestError(entry: GunicornEntry): Observed {
  const blocks = readTraceback(entry.traceback);
  if (isOutOfFiles(blocks[0])) return { id: 'fd-exhausted', facts: exceptionFacts(blocks) };
  const abort = entry.wasTimedOut === false ? undefined : findAbort(blocks);
  const facts: SignalFacts = {
    ...readTarget(entry.message),
    ...exceptionFacts(abort ? [abort] : blocks),
    ...(abort ? { isAbort: true } : {}),
  };
  return { id: 'request-error', facts };
}

/** The worker's or the arbiter's limit of open files, or that of the system, was reached in this call. */
export function isOutOfFiles(block: TracebackBlock | undefined): boolean {
  const errno = errnoOf(block);
  return errno === EMFILE || errno === ENFILE;
}

/** The exception and the application's frame, where the traceback shows them. */
export function exceptionFacts(blocks: readonly TracebackBlock[]): SignalFacts {
  const exception = lastException(blocks);
  const frame = applicationFrame(blocks);
  return {
    ...(exception === undefined ? {} : { exception }),
    ...(frame === undefined ? {} : { frame }),
  };
}

/** `Error handling request GET /x` (25.2 and newer), `… /x` (19.4), `… (no URI read)` (22), or nothing. */
function readTarget(message: string): SignalFacts {
  if (!message.startsWith(START)) return {};
  const target = message.slice(START.length + 1);
  if (target === '(no URI read)') return { isNoUriRead: true };
  const method = /^([A-Z][A-Z-]{1,19}) \S/.exec(target)?.[1];
  const uri = method === undefined ? target : target.slice(method.length + 1);
  if (uri === '') return {};
  return method === undefined ? { uri } : { method, uri };
}

/**
 * An error whose message is its exception's text: `self.log.exception(e)` of a worker that reloads and cannot
 * load the application (workers/base.py `load_wsgi`, workers/gasgi.py). Any other message is the
 * application's own.
 */
export function observeUnknownMessage(entry: GunicornEntry): Observed | null {
  const blocks = readTraceback(entry.traceback);
  const last = blocks.at(-1);
  if (last === undefined || last.exception === null || entry.level !== 'ERROR') return null;
  const loads = last.frames.some(
    (frame) =>
      isGunicornPath(frame.path) && (frame.name === 'load_wsgi' || frame.name === 'import_app'),
  );
  const text = last.exception.slice(last.exception.indexOf(': ') + 2);
  if (!loads || !entry.message.startsWith(text)) return null;
  return { id: 'boot-failure', facts: exceptionFacts(blocks) };
}
