/** What Gunicorn and its workers print on standard error without the log's header. */

/** What such a line says: wrong configuration, an application that cannot be loaded, a request left unanswered. */
export type BareErrorKind = 'config-error' | 'boot-failure' | 'request-error';

const START_UP = 'Error: ';

/** Texts after `Error: ` by how they begin (app/*.py, config.py, glogging.py, util.py `load_class`, pidfile.py). */
const CONFIG_STARTS = [
  'class uri ',
  'Already running on PID ',
  'Failed to read config file: ',
  'Invalid value for ',
  "can't chdir to ",
  'No such user: ',
  'No such group: ',
  'No application module specified.',
  'Invalid reload_engine: ',
  'environment setting ',
  'invalid syslog address',
  'unknown facility name',
  'reloading the logger configuration failed',
];

const CONFIG_ENDS = [" isn't writable [", " doesn't exist"];

const USAGE_STARTS = ['gunicorn: error: ', 'usage: gunicorn', 'Failed to read config file: '];

/** `AppImportError` (util.py `import_app`), printed by arbiter.py `spawn_worker`. */
const APP_STARTS = [
  "Failed to find attribute '",
  'Application object must be callable.',
  "Failed to find application object '",
  'Function reference must be simple',
];

/** A thread of gthread's pool that died (CPython concurrent/futures/thread.py), a callback in Tornado's loop. */
const REQUEST_STARTS = ['Exception in callback functools.partial(', 'Exception in callback <'];
const THREAD_DIED = 'Exception in worker';

/**
 * What a line without header says if Gunicorn printed it; `null` for everything else: applications print
 * `Error: …` too, so only Gunicorn's own wordings count.
 */
export function findBareError(text: string): BareErrorKind | null {
  if (text.startsWith(START_UP)) return isConfigError(text) ? 'config-error' : null;
  if (USAGE_STARTS.some((start) => text.startsWith(start))) return 'config-error';
  if (APP_STARTS.some((start) => text.startsWith(start))) return 'boot-failure';
  if (text === THREAD_DIED || REQUEST_STARTS.some((start) => text.startsWith(start))) {
    return 'request-error';
  }
  const isParseFailure =
    text.startsWith("Failed to parse '") &&
    text.includes("' as an attribute name or function call.");
  return isParseFailure ? 'boot-failure' : null;
}

/** Gunicorn 20 and newer say `Error: Error: '/p' isn't writable […]`. */
function isConfigError(text: string): boolean {
  const from = text.startsWith(START_UP, START_UP.length) ? 2 * START_UP.length : START_UP.length;
  if (CONFIG_STARTS.some((start) => text.startsWith(start, from))) return true;
  const first = text.charCodeAt(from);
  const isPath = first === 39 || first === 47;
  return isPath && CONFIG_ENDS.some((end) => text.includes(end, from));
}
