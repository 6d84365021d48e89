/** Mutes: what nobody wants to be told of for a while, or every week at the same time. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { AppError } from '../errors.ts';
import { hashOf } from '../records/hash.ts';
import { allMutesRange, muteKey, muteRange } from '../records/keys.ts';
import type { Table } from '../table.ts';

export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A maintenance window that comes back: by the clock on the wall of its zone, so that it moves with summer time. */
export type WeeklyWindow = {
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
  /** `02:00`. */
  readonly from: string;
  /** `04:30`; not after `from`: on the next day. */
  readonly to: string;
  /** IANA name: `Europe/Berlin`. */
  readonly zone: string;
};

export type Mute = {
  readonly id: string;
  /** `null`: all services. */
  readonly service: string | null;
  /** `null`: all causes. */
  readonly cause: CauseId | null;
  readonly author: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** From then on it is as if it were not there; `null` only for one with a window. */
  readonly expiresAt: number | null;
  /** Only then; `null`: all the time. */
  readonly weekly: WeeklyWindow | null;
};

/** The first of the mutes that silences a cause of a service now; `null`: none does. */
export function activeMute(
  mutes: readonly Mute[],
  at: { readonly service: string; readonly cause: CauseId; readonly nowMs: number },
): Mute | null {
  return (
    mutes.find(
      (mute) =>
        (mute.service === null || mute.service === at.service) &&
        (mute.cause === null || mute.cause === at.cause) &&
        isActive(mute, at.nowMs),
    ) ?? null
  );
}

/** Whether a mute silences anything at all at this moment. */
export function isActive({ expiresAt, weekly }: Mute, nowMs: number): boolean {
  return (expiresAt === null || nowMs < expiresAt) && (weekly === null || isWithin(weekly, nowMs));
}

/** `ann: database migration (until 2026-11-20T15:00:00Z)`. */
export function describeMute({ author, reason, expiresAt, weekly }: Mute): string {
  const until = expiresAt === null ? [] : [`until ${isoSeconds(expiresAt)}`];
  const every = weekly
    ? [`${weekly.days.join(', ')} ${weekly.from}-${weekly.to} ${weekly.zone}`]
    : [];
  return `${author}: ${reason} (${[...every, ...until].join(', ')})`;
}

/** Throws `AppError` for a mute that would never silence anything, or would never end. */
export async function putMute(table: Table, mute: Mute, nowMs: number): Promise<void> {
  checkMute(mute, nowMs);
  const body = JSON.stringify(mute);
  await table.put({
    ...muteKey(mute.service, mute.id),
    body,
    version: hashOf(body),
    expiresAt: Math.ceil((mute.expiresAt ?? nowMs + FOREVER_MS) / 1_000) * 1_000,
  });
}

/** Of one service and of all services, without the expired ones; by default of all services only. */
export async function listMutes(
  table: Table,
  { service, nowMs }: { readonly service: string | null; readonly nowMs: number },
): Promise<readonly Mute[]> {
  const ranges = service === null ? [muteRange(null)] : [muteRange(service), muteRange(null)];
  const rows = await Promise.all(ranges.map((range) => table.query(range)));
  return rows
    .flat()
    .map(({ body }): Mute => JSON.parse(body))
    .filter((mute) => isDue(mute, nowMs));
}

function isDue({ expiresAt }: Mute, nowMs: number): boolean {
  return expiresAt === null || nowMs < expiresAt;
}

/** Of whatever service, without the expired ones. */
export async function listAllMutes(table: Table, nowMs: number): Promise<readonly Mute[]> {
  const rows = await table.query(allMutesRange());
  return rows.map(({ body }): Mute => JSON.parse(body)).filter((mute) => isDue(mute, nowMs));
}

/** False: there is none of this id. */
export async function deleteMute(
  table: Table,
  { service, id }: Pick<Mute, 'service' | 'id'>,
): Promise<boolean> {
  const row = await table.get(muteKey(service, id));
  return row !== null && (await table.deleteIf(row, row.version));
}

/** A weekly window has no end of its own. */
const FOREVER_MS = 20 * 365 * 86_400_000;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

function checkMute({ author, reason, expiresAt, weekly }: Mute, nowMs: number): void {
  if (author.trim() === '' || reason.trim() === '') {
    throw new AppError('InvalidMute', 'a mute needs an author and a reason: others will wonder');
  }
  if (expiresAt === null && weekly === null) {
    throw new AppError('InvalidMute', 'a mute needs an end: say until when, or give it a window');
  }
  if (expiresAt !== null && expiresAt <= nowMs) {
    throw new AppError('InvalidMute', `the mute is over already: it ends ${isoSeconds(expiresAt)}`);
  }
  if (weekly) checkWindow(weekly);
}

function checkWindow({ days, from, to, zone }: WeeklyWindow): void {
  for (const time of [from, to]) {
    if (!TIME.test(time)) throw new AppError('InvalidMute', `"${time}" is no time, give HH:MM`);
  }
  const unknown = days.find((day) => !WEEKDAYS.includes(day));
  if (days.length === 0 || unknown !== undefined) {
    const what = unknown === undefined ? 'no day' : `"${unknown}"`;
    throw new AppError('InvalidMute', `${what} is given, use some of ${WEEKDAYS.join(', ')}`);
  }
  try {
    clockOf(zone);
  } catch (cause) {
    throw new AppError('InvalidMute', `unknown time zone "${zone}", use one as Europe/Berlin`, {
      cause,
    });
  }
}

function isWithin(window: WeeklyWindow, nowMs: number): boolean {
  const { day, time } = localTime(window.zone, nowMs);
  const isToday = window.days.includes(WEEKDAYS[day] ?? 'Sun');
  if (window.from < window.to) return isToday && time >= window.from && time < window.to;
  const wasYesterday = window.days.includes(WEEKDAYS[(day + 6) % 7] ?? 'Sun');
  return (isToday && time >= window.from) || (wasYesterday && time < window.to);
}

function localTime(zone: string, nowMs: number): { day: number; time: string } {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(nowMs)
      .map(({ type, value }) => [type, value]),
  );
  const names: readonly string[] = WEEKDAYS;
  const day = names.indexOf(parts.get('weekday') ?? '');
  return { day, time: `${parts.get('hour')}:${parts.get('minute')}` };
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, clock);
  return clock;
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
