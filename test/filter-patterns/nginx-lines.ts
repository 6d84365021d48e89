/** Writes log lines as NGINX does, from values a client may have sent; lines are byte strings. */
import { readFormatSource, splitFormat } from '../../core/parse/log-format-source.ts';

/** nginx http/modules/ngx_http_log_module.c `ngx_http_log_escape`. */
function escapeDefault(value: string): string {
  return value.replace(/["\\]|[^ -~]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** nginx core/ngx_string.c `ngx_escape_json`. */
function escapeJson(value: string): string {
  const short: Readonly<Record<string, string>> = {
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\b': '\\b',
    '\f': '\\f',
  };
  return value.replace(/["\\]|[^ -\uffff]/g, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return short[char] ?? `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

const ESCAPES = { default: escapeDefault, json: escapeJson, none: (value: string) => value };

const USUAL: Readonly<Record<string, string>> = {
  remote_addr: '203.0.113.7',
  time_local: '21/Nov/2026:01:02:19 +0000',
  time_iso8601: '2026-11-21T01:02:19+00:00',
  msec: '1795222939.201',
  body_bytes_sent: '502',
  request_length: '504',
  request_time: '0.502',
  connection: '500',
  connection_requests: '502',
  pid: '504',
  upstream_connect_time: '0.000',
  upstream_header_time: '0.502',
  upstream_response_time: '0.502',
  upstream_response_length: '502',
  upstream_addr: '127.0.0.1:502',
  request_id: '502a502b502c502d502e502f50205021',
  req_id: '502a502b502c502d502e502f50205021',
  proxy_upstream_name: 'shop-web-504',
  proxy_alternative_upstream_name: '',
  request_method: 'GET',
  server_protocol: 'HTTP/1.1',
};

/** A line of the format; what has no value is logged as NGINX logs what is not there. */
export function accessLine(source: string, values: Readonly<Record<string, string>>): string {
  const { text, escape: how } = readFormatSource(source);
  const escaped = ESCAPES[how ?? 'default'];
  return splitFormat(text)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = values[part.name] ?? USUAL[part.name];
      if (value !== undefined) return escaped(value);
      return (how ?? 'default') === 'default' ? '-' : '';
    })
    .join('');
}

/** nginx http/ngx_http_request.c `ngx_http_log_error_handler`: nothing is escaped, the line is cut at 2,048 bytes. */
export function errorLine(
  level: string,
  message: string,
  client: Readonly<Record<'request' | 'host' | 'referrer', string>>,
): string {
  const { request, host, referrer } = client;
  const line = `2026/11/21 01:02:19 [${level}] 26882#26882: *1 ${message}, client: 203.0.113.41, server: shop.example, request: "${request}", upstream: "http://127.0.0.1:8000/", host: "${host}", referrer: "${referrer}"`;
  return line.slice(0, 2047);
}
