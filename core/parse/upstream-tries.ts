/** The `$upstream_*` lists as tries (nginx http/ngx_http_upstream.c `ngx_http_upstream_addr_variable`). */
import type { UpstreamTry } from '../model.ts';
import { SLOT } from './log-variables.ts';

const LISTS = [
  SLOT.upstreamAddr,
  SLOT.upstreamStatus,
  SLOT.upstreamConnectTime,
  SLOT.upstreamHeaderTime,
  SLOT.upstreamResponseTime,
];

/** Internal redirects are limited to 10 and a group's servers are few; a longer list is no list. */
const MOST_TRIES = 256;

/** The tries in the order NGINX made them; none when every list is empty; `null` when there is no list. */
export function readTries(values: readonly (string | null)[]): readonly UpstreamTry[] | null {
  let hasList = false;
  let hasTry = false;
  for (const slot of LISTS) {
    const value = values[slot];
    if (value === null || value === undefined) continue;
    hasList = true;
    hasTry ||= value !== '' && value !== '-';
  }
  if (!hasTry) return hasList ? [] : null;
  const [addresses = [], statuses = [], connects = [], headers = [], responses = []] = LISTS.map(
    (slot) => splitList(values[slot] ?? ''),
  );
  const length = Math.max(
    addresses.length,
    statuses.length,
    connects.length,
    headers.length,
    responses.length,
  );
  const tries: UpstreamTry[] = [];
  for (let i = 0; i < Math.min(length, MOST_TRIES); i++) {
    tries.push({
      address: entry(addresses[i]),
      status: statusOf(statuses[i]),
      connectMs: millisOf(connects[i]),
      headerMs: millisOf(headers[i]),
      responseMs: millisOf(responses[i]),
    });
  }
  return tries;
}

/** Entries between `, ` and ` : `. */
function splitList(value: string): readonly string[] {
  if (value === '') return [];
  if (value.indexOf(' ') < 0) return [value];
  return value.split(', ').flatMap((part) => part.split(' : '));
}

function entry(value: string | undefined): string | null {
  return value === undefined || value === '' || value === '-' ? null : value;
}

function statusOf(value: string | undefined): number | null {
  const status = value === undefined || value.length !== 3 ? Number.NaN : Number(value);
  return status >= 0 && status <= 999 ? status : null;
}

function millisOf(value: string | undefined): number | null {
  const text = entry(value);
  const seconds = text === null ? Number.NaN : Number(text);
  return seconds >= 0 && seconds < 1e9 ? Math.round(seconds * 1000) : null;
}
