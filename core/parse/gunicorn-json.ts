/** Gunicorn's messages as JSON loggers write them: python-json-logger, structlog, ECS, loguru, pino-alikes. */
import { parseCount } from './byte-string.ts';
import type { GunicornLine } from './gunicorn-error.ts';
import { levelName } from './gunicorn-level.ts';
import { parseStampField } from './gunicorn-stamp.ts';
import { readJsonFields } from './json-line.ts';

type Fields = ReadonlyMap<string, string>;

const MESSAGE_KEYS = ['message', 'msg', 'event', 'text', 'record.message'];
const LEVEL_KEYS = ['levelname', 'level', 'severity', 'log.level', 'loglevel', 'record.level.name'];
const TIME_KEYS = ['asctime', 'timestamp', 'time', '@timestamp', 'ts', 'datetime', 'created'];
const PID_KEYS = ['process', 'pid', 'process.pid', 'process_id', 'processId', 'record.process.id'];
const LOGGER_KEYS = ['name', 'logger', 'logger_name', 'log.logger'];
const STACK_KEYS = [
  'exc_info',
  'exception',
  'exc_text',
  'traceback',
  'stack_trace',
  'error.stack_trace',
  'stack_info',
  'stack',
];

/** Longer messages and tracebacks are cut: the line may be a megabyte. */
const MAX_MESSAGE = 4096;
const MAX_STACK = 65_536;

/** The line in a JSON object, or `null` when it has no message; a traceback in its own field is `stack`. */
export function parseGunicornJson(text: string): GunicornLine | null {
  const fields = readJsonFields(text);
  const whole = fields && firstOf(fields, MESSAGE_KEYS);
  if (!fields || whole === null || whole === undefined) return null;
  const time = firstOf(fields, TIME_KEYS);
  const stamp = time === null ? null : parseStampField(time.replace(/^\[|\]$/g, ''));
  const lineEnd = whole.indexOf('\n');
  const message = lineEnd < 0 ? whole : whole.slice(0, lineEnd);
  return {
    at: stamp?.ms ?? null,
    isLocal: stamp?.isLocal ?? false,
    pid: parseCount(firstOf(fields, PID_KEYS) ?? ''),
    level: levelName(firstOf(fields, LEVEL_KEYS) ?? ''),
    logger: firstOf(fields, LOGGER_KEYS),
    message: message.slice(0, MAX_MESSAGE),
    stack: stackOf(fields, lineEnd < 0 ? null : whole.slice(lineEnd + 1)),
    form: 'json',
  };
}

function firstOf(fields: Fields, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = fields.get(key);
    if (value !== undefined && value !== '' && value !== 'null') return value;
  }
  return null;
}

function stackOf(fields: Fields, afterMessage: string | null): string | null {
  for (const key of STACK_KEYS) {
    const value = fields.get(key);
    if (value?.includes('\n')) return value.slice(0, MAX_STACK);
  }
  return afterMessage === null ? null : afterMessage.slice(0, MAX_STACK);
}
