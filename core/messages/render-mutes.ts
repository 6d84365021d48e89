/** Mutes for people and for programs. */
import type { CauseId } from '../catalogue/cause-ids.ts';
import { isActive, type Mute, type WeeklyWindow } from '../incident/mutes.ts';
import { formatDuration } from './numbers.ts';
import { printableText } from './printable.ts';

const MUTES_SCHEMA = 'badgateway/mutes@1';

/** What `mute` and `unmute` print as JSON. Times are ISO 8601. */
export type MutesDocument = {
  readonly schema: typeof MUTES_SCHEMA;
  /** What became of these mutes. */
  readonly action: 'added' | 'removed' | 'listed';
  readonly mutes: readonly MuteDocument[];
};

type MuteDocument = {
  readonly id: string;
  readonly service: string | null;
  readonly cause: CauseId | null;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly weekly: WeeklyWindow | null;
  /** Whether it silences now. */
  readonly active: boolean;
};

export function mutesDocumentOf(
  action: MutesDocument['action'],
  mutes: readonly Mute[],
  nowMs: number,
): MutesDocument {
  return {
    schema: MUTES_SCHEMA,
    action,
    mutes: mutes.map((mute) => ({
      ...mute,
      createdAt: new Date(mute.createdAt).toISOString(),
      expiresAt: mute.expiresAt === null ? null : new Date(mute.expiresAt).toISOString(),
      active: isActive(mute, nowMs),
    })),
  };
}

/** A line for what is muted and until when, one for why, a mute each. */
export function renderMutes(mutes: readonly Mute[], nowMs: number): string {
  return mutes.map((mute) => `${renderMute(mute, nowMs).join('\n')}\n`).join('');
}

function renderMute(mute: Mute, nowMs: number): readonly string[] {
  const state = isActive(mute, nowMs) ? '' : ', not now';
  const why = `${mute.reason} (${mute.author}, ${isoOf(mute.createdAt)})`;
  return [
    `${mute.id}  ${subjectOf(mute)}: ${spanOf(mute, nowMs)}${state}`,
    `${' '.repeat(mute.id.length)}  ${why}`,
  ].map(printableText);
}

/** `shop, worker-timeout`, `all of shop`, `worker-timeout of all services`. */
export function subjectOf({ service, cause }: Pick<Mute, 'service' | 'cause'>): string {
  if (service === null) return cause === null ? 'everything' : `${cause} of all services`;
  return cause === null ? `all of ${service}` : `${cause} of ${service}`;
}

function spanOf({ expiresAt, weekly }: Mute, nowMs: number): string {
  const every = weekly
    ? [`every ${weekly.days.join(', ')} ${weekly.from}-${weekly.to} ${weekly.zone}`]
    : [];
  const left = (expiresAt ?? nowMs) - nowMs;
  const until =
    expiresAt === null
      ? []
      : [`until ${isoOf(expiresAt)} (${formatDuration(left).replaceAll('\u00a0', ' ')})`];
  return [...every, ...until].join(', ');
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
