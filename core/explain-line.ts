/** What one line means by itself. */
import { MECHANISM_INFO } from './catalogue/mechanism-info.ts';
import { SIGNAL_INFO } from './catalogue/signal-info.ts';
import type { Explanation, FieldValue } from './explanation.ts';
import { printable } from './messages/printable.ts';
import type { LogRole, SignalFacts } from './model.ts';
import { classifyMechanism } from './observe/mechanism.ts';
import type { Observed } from './observe/observed.ts';
import { explainedAs } from './observe/signal.ts';
import { classifyGunicornEntry } from './observe/signal-gunicorn.ts';
import { readSystemLine } from './observe/signal-system.ts';
import { unwrap } from './parse/envelope.ts';
import { GunicornAssembler } from './parse/gunicorn-entry.ts';
import { type AccessFields, parseAccessLine } from './parse/nginx-access.ts';
import { parseNginxErrorLine } from './parse/nginx-error.ts';
import { recogniseAccessFormat } from './parse/recognise-access.ts';

type Said = Pick<Explanation, 'parsed' | 'kind' | 'at' | 'fields'> & Partial<Explanation>;

/** Explains one line (a byte string, perhaps of several lines for a traceback) of a log of the given role. */
export function explainLine(line: string, role: LogRole): Explanation {
  return {
    role,
    id: null,
    visible: 'none',
    causes: [],
    rule: null,
    source: null,
    ...explainAs(line, role),
  };
}

function explainAs(line: string, role: LogRole): Said {
  switch (role) {
    case 'access':
      return explainAccess(line);
    case 'error':
      return explainError(line);
    case 'gunicorn':
      return explainGunicorn(line);
    case 'system':
      return explainSystem(line);
    case 'app':
      return { parsed: line !== '', kind: 'other', at: null, fields: {} };
  }
}

const NOT_PARSED: Said = { parsed: false, kind: 'other', at: null, fields: {} };

function explainAccess(line: string): Said {
  const { text } = unwrap(line);
  const format = recogniseAccessFormat([text]);
  const fields = format && parseAccessLine(format.format, text);
  if (!format || !fields) return NOT_PARSED;
  return {
    parsed: true,
    kind: 'request',
    at: isoTime(fields.at),
    visible: visibleOf(fields.status),
    rule: `access log, ${format.name}`,
    source: 'nginx src/http/modules/ngx_http_log_module.c',
    fields: shown(accessFields(fields)),
  };
}

function accessFields(fields: AccessFields): Record<string, FieldValue> {
  const { tries, at, ...rest } = fields;
  const last = tries?.at(-1);
  return {
    ...rest,
    tries: tries?.length ?? null,
    upstreamAddress: last?.address ?? null,
    upstreamStatus: last?.status ?? null,
    upstreamResponseMs: last?.responseMs ?? null,
  };
}

function visibleOf(status: number): Explanation['visible'] {
  const text = String(status).padStart(3, '0');
  return (['502', '504', '500', '499', '009'] as const).find((known) => known === text) ?? 'none';
}

function explainError(line: string): Said {
  const { text, at } = unwrap(line);
  const parsed = parseNginxErrorLine(text);
  if (!parsed) return NOT_PARSED;
  const found = classifyMechanism(parsed);
  const { localMs, ...fields } = parsed;
  const said: Said = {
    parsed: true,
    kind: 'other',
    at: isoTime(at ?? localMs),
    fields: shown({ ...fields, isTimeZoneKnown: at !== null }),
  };
  if (!found) return said;
  const info = MECHANISM_INFO[found.mechanism];
  return {
    ...said,
    kind: 'mechanism',
    id: found.mechanism,
    visible: found.visible,
    causes: info.causes,
    rule: info.rule,
    source: info.source,
  };
}

function explainGunicorn(line: string): Said {
  const { text, at } = unwrap(line);
  const assembler = new GunicornAssembler({ keepsRequests: true });
  const origin = { path: '', lineNumber: 0 };
  const entries = [...assembler.push(text, at, origin), ...assembler.flush()];
  const entry = entries.find((one) => classifyGunicornEntry(one) !== null) ?? entries[0];
  if (!entry) {
    return { parsed: assembler.lastTime !== null, kind: 'other', at: isoTime(at), fields: {} };
  }
  const fields = { pid: entry.pid, level: entry.level, message: entry.message };
  if (entry.request) {
    const { at: requestAt, ...request } = entry.request;
    return {
      parsed: true,
      kind: 'request',
      at: isoTime(requestAt ?? entry.at),
      rule: 'Gunicorn access log',
      source: 'gunicorn/glogging.py Logger.access',
      fields: shown(request),
    };
  }
  const observed = classifyGunicornEntry(entry);
  const said: Said = { parsed: true, kind: 'other', at: isoTime(entry.at), fields: shown(fields) };
  return observed ? withSignal(said, observed) : said;
}

function explainSystem(line: string): Said {
  const envelope = unwrap(line);
  const read = readSystemLine(envelope);
  if (read === null) return { ...NOT_PARSED, at: isoTime(envelope.at) };
  const said: Said = {
    parsed: true,
    kind: 'other',
    at: isoTime(read.at ?? envelope.at),
    fields: shown({ tag: envelope.tag, pid: envelope.pid, message: envelope.text }),
  };
  return read.observed ? withSignal(said, read.observed) : said;
}

function withSignal(said: Said, observed: Observed): Said {
  const id = explainedAs({ id: observed.id, facts: observed.facts ?? {} });
  const info = SIGNAL_INFO[id];
  return {
    ...said,
    kind: 'signal',
    id,
    causes: info.causes,
    rule: info.rule,
    source: info.source,
    fields: { ...said.fields, ...shown(factsOf(observed.facts ?? {})) },
  };
}

function factsOf(facts: SignalFacts): Record<string, FieldValue> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, value]));
}

/** Fields fit to be shown: texts from the line made harmless. */
function shown(fields: Record<string, unknown>): Record<string, FieldValue> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, shownValue(value)]),
  );
}

function shownValue(value: unknown): FieldValue {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((item) => printable(String(item)));
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function isoTime(at: number | null): string | null {
  if (at === null || !Number.isFinite(at) || Math.abs(at) > 8.64e15) return null;
  return new Date(at).toISOString();
}
