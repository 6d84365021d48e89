/** Rewrites recorded logs as if a client had sent hostile values in every field that is free for it to choose. */
import type { Fixture, FixtureLog } from './fixtures.ts';
import { HOSTILE_VALUES } from './hostile.ts';
import { Random } from './random.ts';

/** What one client sent, raw. */
type Disguise = {
  readonly query: string;
  readonly referer: string;
  readonly agent: string;
  readonly user: string;
  readonly forwardedFor: string;
  readonly host: string;
};

/** The same fixture with hostile values; another seed gives other ones. The same request gets the same ones. */
export function disguiseFixture(fixture: Fixture, seed: number): FixtureLog[] {
  const disguiseOf = (target: string): Disguise => choose(new Random(hashOf(target) ^ seed));
  return fixture.logs.map((log) => ({
    ...log,
    lines: log.lines.map((line) => disguiseLine(log, line, disguiseOf)),
  }));
}

type DisguiseOf = (target: string) => Disguise;

function choose(random: Random): Disguise {
  const any = (): string => random.pick(HOSTILE_VALUES);
  return {
    query: withoutBlanks(any()),
    referer: any(),
    agent: any(),
    user: any(),
    forwardedFor: any(),
    host: withoutBlanks(any()).replaceAll('/', ''),
  };
}

/** What NGINX lets into a request line and a Host header: neither blanks nor controls (1.21.1 and later). */
function withoutBlanks(value: string): string {
  return [...value].filter((one) => one > ' ' && one < '\x7f').join('');
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}

function disguiseLine({ name, role }: FixtureLog, line: string, disguiseOf: DisguiseOf): string {
  if (role === 'access') return disguiseAccess(line, disguiseOf);
  if (role === 'error') return disguiseError(line, disguiseOf);
  if (role !== 'gunicorn') return line;
  return name.includes('access')
    ? disguiseGunicornAccess(line, disguiseOf)
    : disguiseGunicorn(line, disguiseOf);
}

const REQUEST = /^([A-Z]+) (\S+) (HTTP\/\d\.\d)$/;
/** A user name may hold blanks and brackets, but no quote: the request starts at the first one. */
const COMMON =
  /^(\S+) - (.*?) (\[\d\d\/\w{3}\/[^\]]+\]) "([^"]*)" (\d{3} \S+) "([^"]*)" "([^"]*)"(?: "([^"]*)")?/;

/** `combined` and what begins like it; and JSON. Other lines stay as they are. */
function disguiseAccess(line: string, disguiseOf: DisguiseOf): string {
  if (line.startsWith('{')) return disguiseJson(line, disguiseOf);
  const match = COMMON.exec(line);
  const request = REQUEST.exec(unescapeDefault(match?.[4] ?? ''));
  if (match === null || request === null) return line;
  const [whole, client, , time, , answer, , , forwarded] = match;
  const { referer, agent, user, forwardedFor, query } = disguiseOf(request[2] ?? '');
  const sent = `${request[1]} ${withQuery(request[2] ?? '', query)} ${request[3]}`;
  const start = `${client} - ${escapeDefault(user)} ${time} "${escapeDefault(sent)}" ${answer}`;
  const more = forwarded === undefined ? [] : [forwardedFor];
  const quoted = [referer, agent, ...more].map((value) => ` "${escapeDefault(value)}"`);
  return start + quoted.join('') + line.slice(whole.length);
}

function disguiseJson(line: string, disguiseOf: DisguiseOf): string {
  const fields = JSON.parse(line) as Record<string, string>;
  const request = REQUEST.exec(fields.request ?? '');
  if (request === null) return line;
  const { referer, agent, user, host, query } = disguiseOf(request[2] ?? '');
  return JSON.stringify({
    ...fields,
    remote_user: user,
    request: `${request[1]} ${withQuery(request[2] ?? '', query)} ${request[3]}`,
    http_referer: referer,
    http_user_agent: agent,
    http_host: host,
  });
}

/** Nothing is escaped in an error log (nginx http/ngx_http_request.c `ngx_http_log_error_handler`). */
function disguiseError(line: string, disguiseOf: DisguiseOf): string {
  const match = /, request: "[A-Z]+ (\S+) HTTP\/\d\.\d"/.exec(line);
  const target = match?.[1];
  if (target === undefined) return line;
  const { query, referer, host } = disguiseOf(target);
  const renamed = line
    .replaceAll(`${target} HTTP/`, () => `${withQuery(target, query)} HTTP/`)
    .replace(/(, upstream: "[^"]*)"/, (all: string, upstream: string) =>
      upstream.endsWith(target)
        ? `${upstream.slice(0, -target.length)}${withQuery(target, query)}"`
        : all,
    )
    .replace(/, host: "[^"]*"/, () => `, host: "${host}"`)
    .replace(/, referrer: "[^"]*"$/, '');
  return `${renamed}, referrer: "${referer}"`;
}

/** Gunicorn workers/base.py puts the target into a message, as it came; since 24 after the method. */
const HANDLING = /(Error handling request (?:\(no URI read\) |[A-Z]+ )?)(\/\S*)$/;

function disguiseGunicorn(line: string, disguiseOf: DisguiseOf): string {
  if (line.startsWith('{')) return disguiseGunicornJson(line, disguiseOf);
  return line.replace(
    HANDLING,
    (_all, text: string, target: string) => `${text}${withQuery(target, disguiseOf(target).query)}`,
  );
}

function disguiseGunicornJson(line: string, disguiseOf: DisguiseOf): string {
  const fields = JSON.parse(line) as Record<string, unknown>;
  const { message } = fields;
  if (typeof message !== 'string' || !HANDLING.test(message)) return line;
  return JSON.stringify({ ...fields, message: disguiseGunicorn(message, disguiseOf) });
}

/** Gunicorn glogging.py `SafeAtoms`: a quote gets a backslash, and that is all. */
function disguiseGunicornAccess(line: string, disguiseOf: DisguiseOf): string {
  const match = COMMON.exec(line);
  const request = REQUEST.exec(match?.[4] ?? '');
  if (match === null || request === null) return line;
  const { referer, agent, query } = disguiseOf(request[2] ?? '');
  const sent = `${request[1]} ${withQuery(request[2] ?? '', query)} ${request[3]}`;
  const safe = (value: string): string => value.replaceAll('"', '\\"');
  const start = `${match[1]} - ${match[2]} ${match[3]} "${safe(sent)}" ${match[5]}`;
  return `${start} "${safe(referer)}" "${safe(agent)}"${line.slice(match[0].length)}`;
}

function withQuery(target: string, query: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}q=${query}`;
}

/** nginx http/modules/ngx_http_log_module.c `ngx_http_log_escape`. */
function escapeDefault(value: string): string {
  return [...value]
    .map((one) => {
      const code = one.charCodeAt(0);
      const isPlain = code >= 32 && code < 127 && one !== '"' && one !== '\\';
      return isPlain ? one : `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function unescapeDefault(value: string): string {
  return value.replace(/\\x([0-9A-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
