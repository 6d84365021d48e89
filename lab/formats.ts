/** Access log formats the lab uses: what people have, and what badgateway recommends. */
export type FormatName = keyof typeof FORMATS;

const COMMON =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

const TIMES =
  'rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr"';

const JSON_FIELDS = [
  'time_iso8601',
  'remote_addr',
  'remote_user',
  'request',
  'status',
  'body_bytes_sent',
  'request_time',
  'upstream_connect_time',
  'upstream_header_time',
  'upstream_response_time',
  'upstream_status',
  'upstream_addr',
  'http_referer',
  'http_user_agent',
  'http_host',
] as const;

/** `args` are what `diagnose` must be told because the line alone does not show it. */
export const FORMATS = {
  combined: { define: '', args: [] },
  main: text('main', `${COMMON} "$http_x_forwarded_for"`, []),
  timed: text('timed', `${COMMON} "$http_x_forwarded_for" ${TIMES}`),
  badgateway: text(
    'badgateway',
    `${COMMON} ${TIMES} pid=$pid c=$connection cr=$connection_requests ms=$msec rid=$request_id`,
    ['--log-format', 'badgateway'],
  ),
  json: {
    define: `log_format json escape=json '{${JSON_FIELDS.map((f) => `"${f}":"$${f}"`).join(',')}}';`,
    args: [],
  },
  terse: text('terse', '$msec $status $request_method $host "$uri" $upstream_response_time'),
} as const;

function text(name: string, format: string, args: readonly string[] = ['--log-format', format]) {
  return { define: `log_format ${name} '${format}';`, args };
}
