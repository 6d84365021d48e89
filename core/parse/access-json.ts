/** Access lines that are JSON objects, read by what people call the keys. */
import { detach, endOfDigits } from './byte-string.ts';
import { readJsonFields } from './json-line.ts';
import { SLOT, SLOTS, type SlotName } from './log-variables.ts';
import { parseTimeLocal } from './time.ts';

/** Keys in lower case without `_`, `-`, `@` and spaces; the earlier one counts where a line has several. */
const KEYS: Readonly<Partial<Record<SlotName, readonly string[]>>> = {
  status: [
    'status',
    'statuscode',
    'httpstatus',
    'httpstatuscode',
    'responsestatus',
    'responsecode',
    'http.response.statuscode',
    'response.status',
    'response',
    'code',
  ],
  remoteAddr: [
    'remoteaddr',
    'remoteip',
    'clientip',
    'client',
    'ip',
    'remote',
    'source.ip',
    'client.ip',
    'source.address',
  ],
  request: ['request', 'requestline', 'httprequest'],
  method: [
    'requestmethod',
    'method',
    'verb',
    'httpmethod',
    'http.request.method',
    'request.method',
  ],
  uri: [
    'requesturi',
    'uri',
    'url',
    'path',
    'requestpath',
    'requesturl',
    'url.original',
    'url.path',
    'request.uri',
    'request.url',
  ],
  protocol: ['serverprotocol', 'protocol', 'httpprotocol', 'requestprotocol'],
  requestTime: ['requesttime', 'rt', 'requestduration'],
  connection: ['connection', 'connectionid', 'conn'],
  connectionRequests: ['connectionrequests'],
  pid: ['pid', 'workerpid', 'process.pid'],
  requestId: ['requestid', 'reqid', 'xrequestid', 'rid', 'http.request.id'],
  host: ['host', 'httphost', 'vhost', 'servername', 'domain', 'url.domain'],
  upstreamAddr: ['upstreamaddr', 'upstream', 'upstreamaddress', 'upstreamhost', 'ua'],
  upstreamStatus: ['upstreamstatus', 'us', 'upstreamstatuscode'],
  upstreamConnectTime: ['upstreamconnecttime', 'uct'],
  upstreamHeaderTime: ['upstreamheadertime', 'uht'],
  upstreamResponseTime: ['upstreamresponsetime', 'urt', 'upstreamtime'],
};

const TIME_KEYS = [
  'msec',
  'timeiso8601',
  'timelocal',
  'timestamp',
  'time',
  'ts',
  'date',
  'datetime',
  'starttime',
];

/** Where a key's value goes; a time's slot shows in the value. Of one slot the lowest rank counts. */
type Place = { readonly slot: number; readonly rank: number };

const TIME = -1;
const NOWHERE: Place = { slot: -2, rank: 0 };

const PLACES: ReadonlyMap<string, Place> = new Map([
  ...Object.entries(KEYS).flatMap(([slot, keys]) =>
    keys.map((key, rank): [string, Place] => [key, { slot: SLOT[slot as SlotName], rank }]),
  ),
  ...TIME_KEYS.map((key, rank): [string, Place] => [key, { slot: TIME, rank }]),
]);

const MOST_KEYS = 1024;
const knownKeys = new Map<string, Place>();

/** The values of a JSON access line by `SLOT`, unescaped; `null` when it has no status. */
export function readJsonAccess(text: string): readonly (string | null)[] | null {
  const fields = readJsonFields(text);
  if (fields === null) return null;
  const values: (string | null)[] = new Array(SLOTS.length).fill(null);
  const ranks: number[] = new Array(SLOTS.length).fill(Number.POSITIVE_INFINITY);
  let timeRank = Number.POSITIVE_INFINITY;
  for (const [key, value] of fields) {
    const { slot, rank } = placeOf(key);
    if (slot === TIME) {
      if (rank < timeRank && putTime(values, value)) timeRank = rank;
    } else if (slot >= 0 && rank < (ranks[slot] as number)) {
      values[slot] = value;
      ranks[slot] = rank;
    }
  }
  return values[SLOT.status] === null ? null : values;
}

/** The raw key of the status, for a scanner to look for; `null` when the line has none. */
export function statusKeyOf(text: string): string | null {
  let best: { readonly key: string; readonly rank: number } | null = null;
  for (const key of readJsonFields(text)?.keys() ?? []) {
    const { slot, rank } = placeOf(key);
    if (slot === SLOT.status && (best === null || rank < best.rank)) best = { key, rank };
  }
  return best?.key ?? null;
}

function placeOf(key: string): Place {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const place = PLACES.get(key.toLowerCase().replace(/[_@ -]/g, '')) ?? NOWHERE;
  if (knownKeys.size >= MOST_KEYS) knownKeys.clear();
  knownKeys.set(detach(key), place);
  return place;
}

/** Puts a time where its shape belongs; seconds, milliseconds and the three ways NGINX writes times are known. */
function putTime(values: (string | null)[], value: string): boolean {
  const slot = timeSlot(value);
  if (slot < 0) return false;
  values[SLOT.msec] = null;
  values[SLOT.timeLocal] = null;
  values[SLOT.timeIso] = null;
  const isMillis = slot === SLOT.msec && endOfDigits(value, 0) === 13;
  values[slot] = isMillis ? `${value.slice(0, 10)}.${value.slice(10, 13)}` : value;
  return true;
}

function timeSlot(value: string): number {
  if (value.charCodeAt(4) === 45) return SLOT.timeIso;
  if (parseTimeLocal(value) !== null) return SLOT.timeLocal;
  const digits = endOfDigits(value, 0);
  const isSeconds = digits === 10 && (digits === value.length || value.charCodeAt(10) === 46);
  return isSeconds || (digits === 13 && value.length === 13) ? SLOT.msec : -1;
}
