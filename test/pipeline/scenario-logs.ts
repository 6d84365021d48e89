/** A recorded scenario's logs as an agent ships them: events with times, one stream a file. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type CollectedLog, collectInputs } from '../../adapters/local/collect-inputs.ts';
import type { LogRole } from '../../core/model.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { readDefaultHeader } from '../../core/parse/gunicorn-header.ts';
import { readStamp } from '../../core/parse/gunicorn-stamp.ts';
import { compileLogFormat, type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { parseNginxErrorLine } from '../../core/parse/nginx-error.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import { parseSystemLine } from '../../core/parse/system.ts';
import { wallTimeMs } from '../../core/parse/wall-time.ts';
import { offsetBetween } from '../../core/zone.ts';
import type { Truth } from '../../lab/truth.ts';
import { optionsOfArguments } from '../lab-arguments.ts';

export type ShippedEvent = {
  /** As CloudWatch writes them: 56 digits, growing with the order of the stream. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** As it was in the file; bytes that are no UTF-8 are replaced, as the agent does. */
  readonly message: string;
};

export type ShippedLog = {
  readonly role: LogRole;
  readonly host: string;
  readonly group: string;
  readonly stream: string;
  /** Of an access log: what the configuration would say. */
  readonly format: LogFormat | undefined;
  readonly events: readonly ShippedEvent[];
};

const LAB = join(import.meta.dirname, '..', 'fixtures', 'lab');

export function readTruth(scenario: string): Truth {
  return JSON.parse(readFileSync(join(LAB, scenario, 'truth.json'), 'utf8'));
}

/** The logs that `diagnose` is given of a scenario. */
export async function scenarioLogs(scenario: string): Promise<ShippedLog[]> {
  const truth = readTruth(scenario);
  const options = optionsOfArguments(truth, join(LAB, scenario));
  const format = options.logFormat === null ? null : formatOf(options.logFormat);
  const { logs } = await collectInputs(options.inputs, { host: options.host, format });
  return logs.map((log, index) => shippedLog(log, format, { truth, index }));
}

function formatOf(text: string): LogFormat {
  return NAMED_FORMATS[text] ?? compileLogFormat(text);
}

function shippedLog(
  log: CollectedLog,
  given: LogFormat | null,
  { truth, index }: { truth: Truth; index: number },
): ShippedLog {
  const texts = log.head.map((line) => unwrap(line).text);
  const known = log.role === 'access' ? (given ?? recogniseAccessFormat(texts)?.format) : undefined;
  const clock = new EventClock(log.role, known, Date.parse(truth.window.from));
  const events = linesOf(log.input.path).map((line, number) => ({
    id: `${index}`.padEnd(8, '3') + String(number).padStart(48, '0'),
    timestamp: clock.timeOf(Buffer.from(line, 'utf8').toString('latin1')),
    message: line,
  }));
  const group = `/${log.role}/${basename(log.input.path)}`;
  return { role: log.role, host: log.host, group, stream: log.host, format: known, events };
}

function linesOf(path: string): string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** The time of each line as an agent with the right `timestamp_format` and `timezone` reads it. */
class EventClock {
  readonly #role: LogRole;
  readonly #format: LogFormat | undefined;
  readonly #nearMs: number;
  #last: number;

  constructor(role: LogRole, format: LogFormat | undefined, nearMs: number) {
    this.#role = role;
    this.#format = format;
    this.#nearMs = nearMs;
    this.#last = nearMs;
  }

  timeOf(line: string): number {
    const { text, at, time } = unwrap(line);
    const wrapped = at ?? (time === null ? null : this.#utc(wallTimeMs(time, this.#nearMs)));
    this.#last = this.#own(text) ?? wrapped ?? this.#last;
    return this.#last;
  }

  #own(text: string): number | null {
    switch (this.#role) {
      case 'access':
        return this.#format ? (parseAccessLine(this.#format, text)?.at ?? null) : null;
      case 'error': {
        const local = parseNginxErrorLine(text)?.localMs ?? Number.NaN;
        return Number.isNaN(local) ? null : this.#utc(local);
      }
      case 'gunicorn':
        return this.#gunicorn(text);
      default:
        return parseSystemLine({ text, tag: null, pid: null, at: null }).at;
    }
  }

  #gunicorn(text: string): number | null {
    const header = readDefaultHeader(text);
    if (header) return header.at;
    const bracket = text.slice(0, 200).indexOf('[');
    const stamp = readStamp(text, bracket + 1) ?? readStamp(text, 0);
    return stamp === null ? null : stamp.isLocal ? this.#utc(stamp.ms) : stamp.ms;
  }

  #utc(localMs: number): number {
    return localMs - offsetBetween(localMs, this.#nearMs);
  }
}
