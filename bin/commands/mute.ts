import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { CAUSES, type CauseId, DISPOSITIONS } from '../../core/catalogue/cause-ids.ts';
import { didYouMean } from '../../core/config/did-you-mean.ts';
import { parseDuration } from '../../core/config/duration.ts';
import { AppError } from '../../core/errors.ts';
import { listAllMutes, type Mute, putMute } from '../../core/incident/mutes.ts';
import { parseWeekly } from '../../core/incident/parse-weekly.ts';
import { printableText } from '../../core/messages/printable.ts';
import { mutesDocumentOf, renderMutes, subjectOf } from '../../core/messages/render-mutes.ts';
import { streamRange } from '../../core/records/keys.ts';
import { endQuietlyWhenClosed } from '../terminal.ts';
import { parseTime, parseZone } from './flag-values.ts';
import { type Place, type PlaceFlags, withPlace } from './with-deployment.ts';

/** The options of `mute` as commander gives them. */
export type MuteFlags = PlaceFlags & {
  readonly format: 'text' | 'json';
  readonly service?: string;
  readonly cause?: string;
  readonly for?: string;
  readonly until?: string;
  readonly weekly?: string;
  readonly tz?: string;
  readonly reason?: string;
  readonly author?: string;
  readonly list?: boolean;
};

const SERVICE = /^[a-z0-9][a-z0-9_-]{0,62}$/i;

/** Mutes, or lists what is muted; returns the exit code. */
export async function runMute(flags: MuteFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const nowMs = Date.now();
  if (flags.list === true) return withPlace(flags, (place) => list(place, flags, nowMs));
  const wanted = muteFrom(flags, nowMs);
  return withPlace(flags, async (place) => {
    if (wanted.service !== null) await checkService(wanted.service, place);
    const mute: Mute = { ...wanted, author: flags.author ?? (await authorOf(place)) };
    await putMute(place.table, mute, nowMs);
    if (flags.format === 'json') print(mutesDocumentOf('added', [mute], nowMs));
    else {
      process.stdout.write(
        `Muted: ${printableText(subjectOf(mute))}. Incidents are recorded all the same.\n`,
      );
      process.stdout.write(renderMutes([mute], nowMs));
      process.stdout.write(`badgateway unmute ${mute.id} ends it.\n`);
    }
    return 0;
  });
}

async function list({ table }: Place, flags: MuteFlags, nowMs: number): Promise<number> {
  const all = await listAllMutes(table, nowMs);
  const { service, cause } = flags;
  const mutes = all.filter(
    (mute) =>
      (service === undefined || mute.service === null || mute.service === service) &&
      (cause === undefined || mute.cause === null || mute.cause === cause),
  );
  if (flags.format === 'json') print(mutesDocumentOf('listed', mutes, nowMs));
  else process.stdout.write(mutes.length === 0 ? 'Nothing is muted.\n' : renderMutes(mutes, nowMs));
  return 0;
}

function muteFrom(flags: MuteFlags, nowMs: number): Omit<Mute, 'author'> {
  const { service, cause, reason = '', weekly, tz } = flags;
  if (service === undefined && cause === undefined) {
    throw new AppError('NothingToMute', 'nothing to mute: give --service, --cause, or both', {
      hint: 'badgateway mute --service shop --for 2h --reason "database migration"',
    });
  }
  if (service !== undefined && !SERVICE.test(service)) {
    throw new AppError('BadService', `--service "${service}" is no name of a service`);
  }
  if (reason.trim() === '') {
    throw new AppError('NoReason', 'no reason: others will wonder why nobody is told', {
      hint: 'give one: --reason "database migration"',
    });
  }
  if (tz !== undefined && weekly === undefined) {
    throw new AppError('ZoneWithoutWindow', '--tz is the zone of --weekly, which is not given');
  }
  return {
    id: `m-${randomBytes(4).toString('hex')}`,
    service: service ?? null,
    cause: cause === undefined ? null : causeFrom(cause),
    reason,
    createdAt: nowMs,
    expiresAt: expiryFrom(flags, nowMs),
    weekly: weekly === undefined ? null : parseWeekly(weekly, parseZone(tz ?? 'UTC')),
  };
}

function expiryFrom(flags: MuteFlags, nowMs: number): number | null {
  if (flags.for !== undefined && flags.until !== undefined) {
    throw new AppError('ForAndUntil', '--for and --until are given: leave one of them out');
  }
  if (flags.for !== undefined) {
    const ms = parseDuration(flags.for) ?? 0;
    if (ms > 0) return nowMs + ms;
    throw new AppError('BadDuration', `--for "${flags.for}" is no duration: use 30m, 2h or 1d`);
  }
  if (flags.until !== undefined) return untilFrom(flags.until, nowMs);
  if (flags.weekly !== undefined) return null;
  throw new AppError('NoEnd', 'no end: a mute that is forgotten hides the next outage', {
    hint: 'give --for 2h, --until 2026-11-20T14:00, or a weekly window: --weekly "Sun 02:00-04:00"',
  });
}

function untilFrom(text: string, nowMs: number): number {
  if (parseDuration(text) !== null) {
    throw new AppError(
      'BadTime',
      `--until "${text}" is no time: for a while from now on, --for ${text}`,
    );
  }
  const at = parseTime('--until', text, nowMs);
  if (at > nowMs) return at;
  const hint = 'times are in UTC unless they say otherwise: 2026-11-20T14:00+01:00';
  throw new AppError('MuteOver', `--until ${text} is over already`, { hint });
}

/** Throws `AppError` for what is no cause. */
export function causeFrom(text: string): CauseId {
  const all: readonly CauseId[] = [...CAUSES, ...DISPOSITIONS];
  const found = all.find((id) => id === text);
  if (found !== undefined) return found;
  const near = didYouMean(text, all);
  const like = all.filter((id) => text.length > 2 && id.includes(text.toLowerCase())).slice(0, 5);
  const meant = near === null ? like : [near];
  throw new AppError('UnknownCause', `unknown cause "${text}"`, {
    hint: meant.length > 0 ? `did you mean ${meant.join(', ')}?` : `use one of ${all.join(', ')}`,
  });
}

/** A misspelt service would be muted without a word, and the right one would page. */
async function checkService(service: string, { table, deployment }: Place): Promise<void> {
  const names = deployment === null ? null : await namesOf(deployment);
  if (names === null) {
    const heard = await table.query({ ...streamRange(service), limit: 1 });
    if (heard.length > 0) return;
    process.stderr.write(
      `badgateway: nothing was ever heard of a service "${printableText(service)}" here; is it spelt so?\n`,
    );
    return;
  }
  if (names.includes(service)) return;
  const near = didYouMean(service, names);
  throw new AppError(
    'UnknownService',
    `unknown service "${service}": use one of ${names.join(', ')}`,
    {
      ...(near === null ? {} : { hint: `did you mean ${near}?` }),
    },
  );
}

async function namesOf(deployment: NonNullable<Place['deployment']>) {
  const { servicesOf } = await import('../../adapters/aws/open-deployment.ts');
  const known = await servicesOf(deployment);
  return known?.services.map(({ name }) => name) ?? null;
}

async function authorOf({ deployment }: Place): Promise<string> {
  if (deployment !== null) {
    const { callerName } = await import('../../adapters/aws/open-deployment.ts');
    const name = await callerName(deployment);
    if (name !== null) return name;
  }
  try {
    return userInfo().username;
  } catch {
    throw new AppError('NoAuthor', 'nobody knows who mutes: say it with --author');
  }
}

/** JSON on standard output. */
export function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
