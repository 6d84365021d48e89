/** Tracebacks and messages on standard error, without the header of Gunicorn's log. */
import type { SignalFacts } from '../model.ts';
import type { GunicornEntry } from '../parse/gunicorn-entry.ts';
import { findBareError } from '../parse/gunicorn-stderr.ts';
import { isTracebackStart } from '../parse/gunicorn-traceback.ts';
import type { Observed } from './observed.ts';
import { exceptionFacts, isOutOfFiles } from './signal-request.ts';
import {
  errnoOf,
  findAbort,
  isGunicornPath,
  lastException,
  readTraceback,
  type TracebackBlock,
} from './traceback.ts';

const MAX_REASON = 300;
/** Exceptions that a line alone makes clear: the application's modules cannot be loaded. */
const LOAD_ERRORS =
  /^(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|TabError|(?:gunicorn\.errors\.)?(?:HaltServer|AppImportError|ConfigError)|django\.core\.exceptions\.ImproperlyConfigured)(?::|$)/;
const CONFIG_TEXT = /^ValueError: (?:certfile|keyfile|ca_certs) "|Can't create pidfile\./;
const BIND_TEXT = /^ValueError: '[^']*' is not a socket$/;
/** EACCES, EADDRINUSE, EADDRNOTAVAIL. */
const BIND_ERRNOS = new Set([13, 98, 99]);

/**
 * What an entry without header means. A whole traceback counts when Gunicorn's own start is in it (the
 * arbiter died: `--preload`, a socket, `HaltServer`); the end of one, where the log begins, by its exception.
 */
export function observeBareEntry(entry: GunicornEntry): Observed | null {
  const kind = findBareError(entry.message);
  if (kind === 'request-error') return { id: kind, facts: exceptionFacts(blocksOf(entry)) };
  if (kind !== null) return { id: kind, facts: stderrFacts(entry) };
  const blocks = readTraceback(entry.traceback);
  const facts = exceptionFacts(blocks);
  const first = blocks[0];
  if (isGunicorns(first, entry) && findAbort(blocks) !== undefined) {
    return { id: 'request-error', facts: { ...facts, isAbort: true } };
  }
  if (isOutOfFiles(first)) return { id: 'fd-exhausted', facts };
  if (isArbiters(first)) return { id: arbiterDeath(blocks), facts };
  return isWhole(entry) ? null : observeTail(blocks, facts);
}

/** The traceback begins in Gunicorn, or its beginning is missing: it is not the application's alone. */
function isGunicorns(first: TracebackBlock | undefined, entry: GunicornEntry): boolean {
  return !isWhole(entry) || isGunicornPath(first?.frames[0]?.path ?? '');
}

/** It runs through Gunicorn's start, and not through a worker's handling of requests. */
function isArbiters(first: TracebackBlock | undefined): boolean {
  const paths = first?.frames.map((frame) => frame.path).filter(isGunicornPath) ?? [];
  const isWorkers = paths.some((path) => /\/gunicorn\/(?:workers|asgi|http2?)\//.test(path));
  return paths.length > 0 && !isWorkers;
}

/** `usage: gunicorn …` comes first and says nothing; the line after it does. */
function stderrFacts(entry: GunicornEntry): SignalFacts {
  const telling = entry.traceback.find((line) => line.startsWith('gunicorn: error: '));
  const reason = (telling ?? entry.message).replace(/^(?:gunicorn: error: |(?:Error: ){1,2})/, '');
  return { reason: reason.trim().slice(0, MAX_REASON), ...exceptionFacts(blocksOf(entry)) };
}

/** The traceback after a message. */
function blocksOf(entry: GunicornEntry): readonly TracebackBlock[] {
  const start = entry.traceback.findIndex(isTracebackStart);
  return start < 0 ? [] : readTraceback(entry.traceback.slice(start));
}

function arbiterDeath(blocks: readonly TracebackBlock[]): Observed['id'] {
  const exception = lastException(blocks) ?? '';
  if (BIND_TEXT.test(exception)) return 'bind-failure';
  if (CONFIG_TEXT.test(exception)) return 'config-error';
  const isInSockets = blocks
    .at(-1)
    ?.frames.some((frame) => frame.path.endsWith('/gunicorn/sock.py'));
  return isInSockets && isBindErrno(blocks.at(-1)) ? 'bind-failure' : 'boot-failure';
}

function isBindErrno(block: TracebackBlock | undefined): boolean {
  return BIND_ERRNOS.has(errnoOf(block) ?? 0);
}

function isWhole(entry: GunicornEntry): boolean {
  return entry.message.startsWith('Traceback ');
}

function observeTail(blocks: readonly TracebackBlock[], facts: SignalFacts): Observed | null {
  const exception = lastException(blocks) ?? '';
  if (LOAD_ERRORS.test(exception)) return { id: 'boot-failure', facts };
  if (BIND_TEXT.test(exception) || isBindErrno(blocks.at(-1))) return { id: 'bind-failure', facts };
  // Python exits with 1 of itself when `handle_abort` says so; an application rarely does in a request.
  const isAbort = exception === 'SystemExit: 1';
  return isAbort ? { id: 'request-error', facts: { ...facts, isAbort } } : null;
}
