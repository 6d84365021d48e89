/** Everything that reads a line (or a document) from a stranger, behind one shape. */
import { AppError } from '../../core/errors.ts';
import { explainLine } from '../../core/explain-line.ts';
import { printable, printableText } from '../../core/messages/printable.ts';
import { renderExplain } from '../../core/messages/render-explain.ts';
import { plainStyle } from '../../core/messages/style.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';
import { observeAccessLine } from '../../core/observe/request.ts';
import { observeGunicornEntry } from '../../core/observe/signal-gunicorn.ts';
import { readSystemLine, SystemObserver } from '../../core/observe/signal-system.ts';
import { observeErrorLine } from '../../core/observe/upstream-error.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { unescapeDefault, unescapeJson } from '../../core/parse/escapes.ts';
import { parseGunicornAccess } from '../../core/parse/gunicorn-access.ts';
import { GunicornAssembler } from '../../core/parse/gunicorn-entry.ts';
import { parseGunicornLine } from '../../core/parse/gunicorn-error.ts';
import { readJsonFields } from '../../core/parse/json-line.ts';
import { compileLogFormat, type LogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { parseAccessLine } from '../../core/parse/nginx-access.ts';
import { recogniseAccessFormat } from '../../core/parse/recognise-access.ts';
import { parseSystemLine } from '../../core/parse/system.ts';
import { peerOf, samePeer } from '../../core/parse/upstream-url.ts';
import { recogniseRole } from '../../core/recognise-role.ts';
import { REDACT_ALL, redactText } from '../../core/redact.ts';
import { routeOf } from '../../core/route.ts';
import { explanationSchema } from '../../core/schema/explain.ts';
import { assertPrintable } from './controls.ts';
import { checkReadings, foldDocument, makeDocument, packDocument } from './documents.ts';
import { Random } from './random.ts';

/** Takes a byte string and throws only if there is a bug. */
export type Target = (text: string) => void;

const HOST = 'web-1';
const ORIGIN = { path: 'a.log', lineNumber: 1 };

/** Formats with the shapes that are hard to cut: unquoted free text, lists, escapes of every kind. */
const FORMATS: Readonly<Record<string, LogFormat>> = {
  ...NAMED_FORMATS,
  'escape=json': compileLogFormat(
    `log_format j escape=json '{"t":"$time_iso8601","u":"$request","a":"$http_user_agent","us":"$upstream_status","status":"$status"}';`,
  ),
  'escape=none': compileLogFormat(
    `log_format n escape=none '$remote_addr [$time_local] "$request" $status "$http_referer" "$http_user_agent" $upstream_status $request_time';`,
  ),
  unquoted: compileLogFormat(
    '$msec $http_user_agent $request $status $upstream_addr $upstream_status $http_referer $request_time',
  ),
  tabbed: compileLogFormat('$time_iso8601\t$host\t$request_uri\t$status\t$http_cookie\t$msec'),
};

function targetsOfFormats(): Record<string, Target> {
  const named = Object.entries(FORMATS).map(([name, format]): [string, Target] => [
    `access ${name}`,
    (text) => {
      parseAccessLine(format, text);
      observeAccessLine(format, text, { host: HOST, origin: ORIGIN });
    },
  ]);
  return Object.fromEntries(named);
}

function targetsOfExplain(): Record<string, Target> {
  const named = LOG_ROLES.map((role): [string, Target] => [
    `explain ${role}`,
    (text) => checkExplanation(text, role),
  ]);
  return Object.fromEntries(named);
}

function checkExplanation(text: string, role: LogRole): void {
  const explanation = explanationSchema.parse(explainLine(text, role));
  const titleOf = (cause: string): string => cause;
  for (const ascii of [false, true]) {
    const options = { width: 100, style: plainStyle, timeZone: 'UTC', ascii, titleOf } as const;
    assertPrintable('explain', renderExplain(explanation, options));
  }
  assertPrintable('explain --format json', JSON.stringify(explanation));
}

/** All targets by name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  unwrap: (text) => void unwrap(text),
  error: (text) => void observeErrorLine(text, { host: HOST, offsetMs: 0, origin: ORIGIN }),
  ...targetsOfFormats(),
  json: (text) => void readJsonFields(text),
  'recognise access': (text) => void recogniseAccessFormat(text.split('\n')),
  'recognise role': (text) => void recogniseRole(text.split('\n'), 'x.log'),
  'gunicorn line': (text) => void parseGunicornLine(text),
  'gunicorn access': (text) => void parseGunicornAccess(text),
  'gunicorn entries': (text) => assemble(text.split('\n')),
  'gunicorn event': (text) => assemble([text]),
  'system line': (text) => void readSystemLine(unwrap(text)),
  'system log': (text) => observeSystem(text.split('\n')),
  escapes: (text) => void (unescapeDefault(text) + unescapeJson(text)),
  log_format: (text) => allowAppError(() => compileLogFormat(text)),
  peer: (text) => void (samePeer(text, 'http://127.0.0.1:8000') || peerOf(text)),
  route: (text) => assertPrintable('route', routeOf(text)),
  printable: (text) => assertPrintable('printable', printable(text, { maxLength: 500 })),
  printableText: (text) => assertPrintable('printableText', printableText(text)),
  ...targetsOfExplain(),
  redact: (text) => checkRedacted(text),
  'awslogs document': (text) => decode(text),
  'awslogs messages': (text) => decode(makeDocument(text.split('\n'), new Random(text.length))),
};

function checkRedacted(text: string): void {
  const redacted = redactText(text, { ...REDACT_ALL, extra: ['card_number'] });
  if (redacted.length > 2 * text.length) throw new Error(`${text.length} → ${redacted.length}`);
}

function assemble(events: readonly string[]): void {
  const assembler = new GunicornAssembler({ keepsRequests: true });
  const entries = events.flatMap((event, index) =>
    assembler.push(event, null, { path: 'g.log', lineNumber: index + 1 }),
  );
  for (const entry of [...entries, ...assembler.flush()]) {
    observeGunicornEntry(entry, { host: HOST, undatedAt: 0 });
  }
}

function observeSystem(lines: readonly string[]): void {
  const observer = new SystemObserver();
  const tags = new Set<string>();
  for (const line of lines) {
    const parsed = parseSystemLine(unwrap(line), tags);
    observer.observe(parsed, { host: HOST, origin: ORIGIN, line, undatedAt: 0 });
  }
}

function allowAppError(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assertPrintable('message', printableText(error.message));
  }
}

function decode(document: string): void {
  const data = packDocument(document);
  allowAppError(() => checkReadings(data, document));
  const role = LOG_ROLES[document.length % LOG_ROLES.length] ?? 'error';
  allowAppError(() => foldDocument(data, role));
}
