/** What NGINX writes, for tests: its escaping, its log lines, any bytes a client may send. */
import fc from 'fast-check';

/** Any bytes, as a byte string. */
export const anyBytes = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Text that tries to pass for other fields of a log line. */
export const hostileText = fc
  .array(
    fc.oneof(
      anyBytes,
      fc.constantFrom(
        '"',
        ' ',
        '\\',
        '", upstream: "http://10.6.6.6:1/", host: "evil',
        ', client: 6.6.6.6, server: evil',
        ' while connecting to upstream',
        'connect() failed (111: Connection refused) while connecting to upstream',
        ' [20/Nov/2026:12:13:37 +0000] "GET / HTTP/1.1" 502 0 "-" "-"',
        '" 502 0 "-" "',
        '","status":"502","x":"',
        ' us=502, 502 ua=x',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** A value a client can get into a log line: the HTTP parser takes no CR, LF or NUL. */
export const clientText = hostileText.map((text) =>
  Array.from(text, (char) => ('\r\n\0'.includes(char) ? '.' : char)).join(''),
);

/** nginx http/modules/ngx_http_log_module.c `ngx_http_log_escape`. */
export function escapeDefault(bytes: string): string {
  return Array.from(bytes, (char) => {
    const code = char.charCodeAt(0);
    const isPlain = code >= 32 && code < 127 && char !== '"' && char !== '\\';
    return isPlain ? char : `\\x${hex(code, 2)}`;
  }).join('');
}

/** nginx core/ngx_string.c `ngx_escape_json`. */
export function escapeJson(bytes: string): string {
  const short: Record<string, string> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };
  return Array.from(bytes, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    if (char >= ' ') return char;
    return short[char] ? `\\${short[char]}` : `\\u${hex(char.charCodeAt(0), 4)}`;
  }).join('');
}

function hex(code: number, width: number): string {
  return code.toString(16).toUpperCase().padStart(width, '0');
}

/** A `combined` line. */
export function combinedLine(values: {
  readonly user?: string;
  readonly request?: string;
  readonly status?: string;
  readonly referer?: string;
  readonly agent?: string;
}): string {
  const { user = '-', request = 'GET / HTTP/1.1', status = '502' } = values;
  const { referer = '-', agent = 'curl/8.5.0' } = values;
  const [u, q, r, a] = [user, request, referer, agent].map(escapeDefault);
  return `203.0.113.9 - ${u} [20/Nov/2026:12:13:37 +0000] "${q}" ${status} 157 "${r}" "${a}"`;
}

/** The head of an error line. */
export const ERROR_HEAD = '2026/11/20 12:14:32 [error] 2977#2978: *4 ';
