/** The keys of all rows of the table, and how long rows live. */
import { endOfPrefix, type KeyRange, type RowKey } from '../table.ts';
import { hashOf, longHashOf } from './hash.ts';

export const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MS = 86_400_000;
/** Six times as many characters at the most, once they are written for a key. */
const MAX_KEY_PART = 150;

/**
 * Rows of batches, and marks, live as long as CloudWatch may still bring something of their minute: it takes events
 * of 14 days ago (PutLogEvents), delivers them for a day, and Lambda tries for six hours. Until then a minute is
 * counted again whole.
 */
export const BATCH_LIFE_MS = 16 * DAY_MS;
/** What is older when it comes is not stored: rows of its minute may be gone, and it would be counted without them. */
export const MAX_AGE_MS = 15 * DAY_MS;
/** Minutes live a day longer than what they are made of, so that their hour is always whole. */
export const MINUTE_LIFE_MS = 17 * DAY_MS;
/** Thirteen months; of a backend's states too: a Gunicorn may run for a year. */
export const HOUR_LIFE_MS = 396 * DAY_MS;
/** A log that was not heard for so long is as good as none: its silence proves nothing. */
export const STREAM_LIFE_MS = 3 * DAY_MS;

/** The writes of one moment go to this many partitions: each takes 1,000 writes a second (`aws.md` 3). */
const SHARDS = 8;

/** The shard of a log stream. */
export function shardOf(path: string): number {
  return Number.parseInt(hashOf(path).slice(-4), 36) % SHARDS;
}

const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, index) => index);

/** `nginx`: observations, joined with the minute beside them. `backend`: lines, that explain more than that. */
export type BatchKind = 'nginx' | 'backend';

/** Minutes (epoch) in keys: as text they sort as they do as numbers. */
function minuteKey(minute: number): string {
  return String(minute).padStart(9, '0');
}

/** `B#service#hour#shard` / kind, minute, batch, part. */
export function batchKey(place: {
  readonly service: string;
  readonly kind: BatchKind;
  readonly minute: number;
  readonly shard: number;
  readonly batch: string;
  readonly part: number;
}): RowKey {
  const { service, kind, minute, shard, batch, part } = place;
  return {
    partition: batchPartition(service, Math.floor(minute / HOUR_MINUTES), shard),
    sort: `${kind}#${minuteKey(minute)}#${batch}#${String(part).padStart(3, '0')}`,
  };
}

function batchPartition(service: string, hour: number, shard: number): string {
  return `B#${service}#${hour}#${shard}`;
}

/** The ranges that hold all batches of a kind from one minute to another, both included. */
export function batchRanges(
  service: string,
  kind: BatchKind,
  from: number,
  to: number,
): KeyRange[] {
  const ranges: KeyRange[] = [];
  for (let hour = Math.floor(from / HOUR_MINUTES); hour * HOUR_MINUTES <= to; hour++) {
    for (const shard of ALL_SHARDS) {
      ranges.push({
        partition: batchPartition(service, hour, shard),
        from: `${kind}#${minuteKey(from)}`,
        to: `${kind}#${minuteKey(to)}#~`,
      });
    }
  }
  return ranges;
}

/** `D#service#shard` / minute: something of this minute is to be counted. */
export function markerKey(service: string, minute: number, shard: number): RowKey {
  return { partition: `D#${service}#${shard}`, sort: minuteKey(minute) };
}

export function markerRanges(service: string): KeyRange[] {
  return ALL_SHARDS.map((shard) => ({ partition: `D#${service}#${shard}`, from: '0', to: '~' }));
}

export function minuteOfMarker({ sort }: RowKey): number {
  return Number(sort);
}

/** `M#service#day` / HH:MM. */
export function minuteRowKey(service: string, minute: number): RowKey {
  const time = isoMinute(minute);
  return { partition: `M#${service}#${time.slice(0, 10)}`, sort: time.slice(11, 16) };
}

/** The minute of a row that `minuteRowKey` named. */
export function minuteOfRow({ partition, sort }: RowKey): number {
  const day = partition.slice(partition.lastIndexOf('#') + 1);
  return Date.parse(`${day}T${sort}:00Z`) / MINUTE_MS;
}

/** The ranges that hold all minutes from one to another, both included. */
export function minuteRanges(service: string, from: number, to: number): KeyRange[] {
  const ranges: KeyRange[] = [];
  const dayMinutes = 1_440;
  for (let day = Math.floor(from / dayMinutes); day * dayMinutes <= to; day++) {
    const first = minuteRowKey(service, Math.max(from, day * dayMinutes));
    const last = minuteRowKey(service, Math.min(to, (day + 1) * dayMinutes - 1));
    ranges.push({ partition: first.partition, from: first.sort, to: last.sort });
  }
  return ranges;
}

/** `H#service#month` / DD HH. `hour`: hours since the epoch. */
export function hourRowKey(service: string, hour: number): RowKey {
  const time = isoMinute(hour * HOUR_MINUTES);
  return {
    partition: `H#${service}#${time.slice(0, 7)}`,
    sort: `${time.slice(8, 10)} ${time.slice(11, 13)}`,
  };
}

/** `C#service#month` / DD HH: the counts of an hour, without all else that is known of it. */
export function countKey(service: string, hour: number): RowKey {
  const { partition, sort } = hourRowKey(service, hour);
  return { partition: `C${partition.slice(1)}`, sort };
}

/** The hour, since the epoch, of a row that `countKey` named. */
export function hourOfCount({ partition, sort }: RowKey): number {
  const month = partition.slice(partition.lastIndexOf('#') + 1);
  const [day, hour] = sort.split(' ');
  return Date.parse(`${month}-${day}T${hour}:00Z`) / (HOUR_MINUTES * MINUTE_MS);
}

/** The ranges that hold the counts of all hours from one to another, both included: one a month. */
export function countRanges(service: string, from: number, to: number): KeyRange[] {
  return hourRanges(service, from, to).map((range) => ({
    ...range,
    partition: `C${range.partition.slice(1)}`,
  }));
}

/** The same of the hours' rollups. */
export function hourRanges(service: string, from: number, to: number): KeyRange[] {
  const ranges: KeyRange[] = [];
  for (let hour = from; hour <= to; ) {
    const first = hourRowKey(service, hour);
    const next = nextMonth(hour);
    const last = hourRowKey(service, Math.min(to, next - 1));
    ranges.push({ partition: first.partition, from: first.sort, to: last.sort });
    hour = next;
  }
  return ranges;
}

function nextMonth(hour: number): number {
  const date = new Date(hour * HOUR_MINUTES * MINUTE_MS);
  const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
  return month / (HOUR_MINUTES * MINUTE_MS);
}

/** `G` / service: a service of which something was counted. */
export function serviceKey(service: string): RowKey {
  return { partition: 'G', sort: service };
}

export function serviceRange(): KeyRange {
  return { partition: 'G', from: '', to: endOfPrefix('') };
}

/** `T#service#host` / minute: what the host's backend was after that minute. */
export function stateKey(service: string, host: string, minute: number): RowKey {
  return { partition: statePartition(service, host), sort: minuteKey(minute) };
}

/** States from one minute to another, both included. */
export function stateRange(service: string, host: string, from: number, to: number): KeyRange {
  return {
    partition: statePartition(service, host),
    from: minuteKey(Math.max(0, from)),
    to: minuteKey(to),
  };
}

function statePartition(service: string, host: string): string {
  return `T#${service}#${keyPart(host)}`;
}

/** `S#service` / role, hash of host and path: a log stream that something came from. */
export function streamKey(service: string, role: string, host: string, path: string): RowKey {
  return { partition: `S#${service}`, sort: `${role}#${longHashOf(`${host}\n${path}`)}` };
}

export function streamRange(service: string): KeyRange {
  return { partition: `S#${service}`, from: '0', to: '~' };
}

/** A name as a part of a key: `#` divides the parts. Of a long one, that DynamoDB would refuse, a hash. */
function keyPart(name: string): string {
  if (name.length > MAX_KEY_PART) return `~${longHashOf(name)}`;
  return name.replace(/[^\w./-]/g, (char) => `%${char.charCodeAt(0).toString(16)};`);
}

function isoMinute(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}

/** `I#service` / id of an incident: opened-at, then cause, then whatever made it unique. */
export function incidentKey(service: string, id: string): RowKey {
  const [cause = '', openedAt = ''] = id.slice(service.length + 1).split('/');
  return { partition: `I#${service}`, sort: `${openedAt}#${cause}` };
}

/** Incidents that began from one time to another, epoch milliseconds. */
export function incidentRange(service: string, fromMs: number, toMs: number): KeyRange {
  const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  return { partition: `I#${service}`, from: `${stamp(fromMs)}#`, to: `${stamp(toMs)}#~` };
}

/** Incidents whose sort key begins so: opened-at, or the part of an id that stands for it. */
export function incidentPrefixRange(service: string, openedAt: string): KeyRange {
  return { partition: `I#${service}`, from: `${openedAt}#`, to: `${openedAt}#~` };
}

/** `A#service`: which incidents of the service are to be looked at. */
export function aliveKey(service: string): RowKey {
  return { partition: `A#${service}`, sort: 'incidents' };
}

/** `U` / service, id; `*`: for all services. In one partition, so that they can be listed: there are few. */
export function muteKey(service: string | null, id: string): RowKey {
  return { partition: 'U', sort: `${service ?? '*'}#${keyPart(id)}` };
}

/** Of one service, `null`: those of all services. */
export function muteRange(service: string | null): KeyRange {
  return { partition: 'U', from: `${service ?? '*'}#`, to: `${service ?? '*'}#~` };
}

/** All mutes there are. */
export function allMutesRange(): KeyRange {
  return { partition: 'U', from: '', to: '~' };
}

/** `N#minute` / number: a message that was sent in this minute, of all services. */
export function messageKey(minute: number, number: number): RowKey {
  return { partition: `N#${minuteKey(minute)}`, sort: String(number).padStart(4, '0') };
}

export function messageRange(minute: number): KeyRange {
  return { partition: `N#${minuteKey(minute)}`, from: '0', to: '~' };
}

/** `W` / transition: it waits for a summary. */
export function waitingKey(transition: string): RowKey {
  return { partition: 'W', sort: keyPart(transition) };
}

export function waitingRange(): KeyRange {
  return { partition: 'W', from: '', to: '~' };
}

/** `W#claim`: whoever sends a summary. */
export function summaryClaimKey(): RowKey {
  return { partition: 'W#claim', sort: 'summary' };
}

/** `Q`: who was found not to be subscribed to the alerts, and when people were told. */
export function subscriptionsKey(): RowKey {
  return { partition: 'Q', sort: 'subscriptions' };
}
