/** Python's level names, and what other loggers call the same. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['DEBUG', 'DEBUG'],
  ['TRACE', 'DEBUG'],
  ['INFO', 'INFO'],
  ['NOTICE', 'INFO'],
  ['WARNING', 'WARNING'],
  ['WARN', 'WARNING'],
  ['ERROR', 'ERROR'],
  ['EXCEPTION', 'ERROR'],
  ['ERR', 'ERROR'],
  ['CRITICAL', 'CRITICAL'],
  ['FATAL', 'CRITICAL'],
]);

const LEVELS_BY_NUMBER: ReadonlyMap<string, string> = new Map([
  ['10', 'DEBUG'],
  ['20', 'INFO'],
  ['30', 'WARNING'],
  ['40', 'ERROR'],
  ['50', 'CRITICAL'],
]);

/** `error`, `WARN`, `40` (Python's number) as one of the five names; `null` for anything else. */
export function levelName(value: string): string | null {
  if (value.length > 9) return null;
  return LEVELS.get(value.toUpperCase()) ?? LEVELS_BY_NUMBER.get(value) ?? null;
}

/**
 * The level whose name stands in capitals at `at` and ends there, and the index after it. `Error` and
 * `Exception` are how messages begin.
 */
export function readLevel(text: string, at: number): { name: string; end: number } | null {
  let end = at;
  while (end < at + 10 && isCapital(text.charCodeAt(end))) end++;
  if (end - at < 3 || end - at > 9) return null;
  const name = LEVELS.get(text.slice(at, end));
  return name === undefined ? null : { name, end };
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}
