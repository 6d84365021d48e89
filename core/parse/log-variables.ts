/** What NGINX's log variables look like, and which of them badgateway wants (`causes.md` A11). */
import { TIME_ISO8601_LENGTH, TIME_LOCAL_LENGTH } from './time.ts';

/** The values kept from an access line, whatever the format calls them. */
export const SLOTS = [
  'status',
  'msec',
  'timeIso',
  'timeLocal',
  'remoteAddr',
  'request',
  'method',
  'uri',
  'protocol',
  'requestTime',
  'connection',
  'connectionRequests',
  'pid',
  'requestId',
  'host',
  'upstreamAddr',
  'upstreamStatus',
  'upstreamConnectTime',
  'upstreamHeaderTime',
  'upstreamResponseTime',
] as const;
export type SlotName = (typeof SLOTS)[number];

/** The index of each slot in `SLOTS`. */
export const SLOT = Object.fromEntries(SLOTS.map((name, index) => [name, index])) as Readonly<
  Record<SlotName, number>
>;

/**
 * How a value is bounded, as NGINX itself writes it:
 * `time-local`, `time-iso`, `status`: always as long. `number`: digits, `.` and `-`. `token`: no blank and no
 * quote. `list`: one entry an upstream try, between `, ` and ` : `. `free`: anything, the client's included.
 */
export type Shape = 'time-local' | 'time-iso' | 'status' | 'number' | 'token' | 'list' | 'free';

/** Where a variable's value goes (an index of `SLOTS`, or -1) and how it is bounded. */
export type Variable = { readonly slot: number; readonly shape: Shape };

const NUMBERS = [
  'body_bytes_sent',
  'bytes_sent',
  'request_length',
  'connection_time',
  'connections_active',
  'remote_port',
  'server_port',
  'gzip_ratio',
];

const TOKENS = [
  'realip_remote_addr',
  'server_addr',
  'hostname',
  'scheme',
  'pipe',
  'https',
  'nginx_version',
  'ssl_protocol',
  'ssl_cipher',
  'ssl_session_reused',
  'upstream_cache_status',
  'proxy_upstream_name',
  'proxy_alternative_upstream_name',
  'namespace',
  'ingress_name',
  'service_name',
  'service_port',
];

const LISTS = ['upstream_response_length', 'upstream_bytes_received', 'upstream_bytes_sent'];

const WANTED: readonly (readonly [name: string, slot: SlotName, shape: Shape])[] = [
  ['status', 'status', 'status'],
  ['msec', 'msec', 'number'],
  ['time_iso8601', 'timeIso', 'time-iso'],
  ['time_local', 'timeLocal', 'time-local'],
  ['remote_addr', 'remoteAddr', 'token'],
  ['request', 'request', 'free'],
  ['request_method', 'method', 'token'],
  ['request_uri', 'uri', 'free'],
  ['uri', 'uri', 'free'],
  ['document_uri', 'uri', 'free'],
  ['server_protocol', 'protocol', 'token'],
  ['request_time', 'requestTime', 'number'],
  ['connection', 'connection', 'number'],
  ['connection_requests', 'connectionRequests', 'number'],
  ['pid', 'pid', 'number'],
  ['request_id', 'requestId', 'token'],
  ['req_id', 'requestId', 'token'],
  ['host', 'host', 'free'],
  ['http_host', 'host', 'free'],
  ['server_name', 'host', 'token'],
  ['upstream_addr', 'upstreamAddr', 'list'],
  ['upstream_status', 'upstreamStatus', 'list'],
  ['upstream_connect_time', 'upstreamConnectTime', 'list'],
  ['upstream_header_time', 'upstreamHeaderTime', 'list'],
  ['upstream_response_time', 'upstreamResponseTime', 'list'],
];

const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ...NUMBERS.map((name): [string, Variable] => [name, { slot: -1, shape: 'number' }]),
  ...TOKENS.map((name): [string, Variable] => [name, { slot: -1, shape: 'token' }]),
  ...LISTS.map((name): [string, Variable] => [name, { slot: -1, shape: 'list' }]),
  ...WANTED.map(([name, slot, shape]): [string, Variable] => [name, { slot: SLOT[slot], shape }]),
]);

/** What is known of `$name`; a variable of the user's own may hold anything. */
export function variableOf(name: string): Variable {
  return VARIABLES.get(name) ?? { slot: -1, shape: 'free' };
}

/** The length of a shape that always has the same one, else 0. */
export function widthOf(shape: Shape): number {
  if (shape === 'time-local') return TIME_LOCAL_LENGTH;
  if (shape === 'time-iso') return TIME_ISO8601_LENGTH;
  return shape === 'status' ? 3 : 0;
}
