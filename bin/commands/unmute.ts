import { AppError } from '../../core/errors.ts';
import { deleteMute, listAllMutes, type Mute } from '../../core/incident/mutes.ts';
import { printableText } from '../../core/messages/printable.ts';
import { mutesDocumentOf, renderMutes, subjectOf } from '../../core/messages/render-mutes.ts';
import { endQuietlyWhenClosed } from '../terminal.ts';
import { causeFrom, print } from './mute.ts';
import { type PlaceFlags, withPlace } from './with-deployment.ts';

/** The options of `unmute` as commander gives them. */
export type UnmuteFlags = PlaceFlags & {
  readonly format: 'text' | 'json';
  readonly service?: string;
  readonly cause?: string;
};

/** Ends mutes: one by its id, or those of a service, a cause or both; returns the exit code. */
export async function runUnmute(id: string | undefined, flags: UnmuteFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const nowMs = Date.now();
  const isMeant = whichOf(id, flags);
  return withPlace(flags, async ({ table }) => {
    const all = await listAllMutes(table, nowMs);
    const meant = all.filter(isMeant);
    if (meant.length === 0) throw nothingMeant(id, all);
    for (const mute of meant) await deleteMute(table, mute);
    if (flags.format === 'json') {
      print(mutesDocumentOf('removed', meant, nowMs));
      return 0;
    }
    for (const mute of meant) {
      process.stdout.write(`No longer muted: ${printableText(subjectOf(mute))} (${mute.id})\n`);
    }
    const left = all.filter((mute) => !meant.includes(mute) && isOverlapping(mute, meant));
    if (left.length > 0) process.stdout.write(`Still muted:\n${renderMutes(left, nowMs)}`);
    return 0;
  });
}

function whichOf(id: string | undefined, { service, cause }: UnmuteFlags): (mute: Mute) => boolean {
  if (id !== undefined && (service !== undefined || cause !== undefined)) {
    throw new AppError('IdAndService', 'an id says all: leave --service and --cause out');
  }
  if (id !== undefined) return (mute) => mute.id === id;
  if (service === undefined && cause === undefined) {
    throw new AppError('NothingToUnmute', 'nothing to unmute: give an id, --service or --cause', {
      hint: 'badgateway mute --list shows what is muted',
    });
  }
  const wanted = cause === undefined ? null : causeFrom(cause);
  return (mute) =>
    (service === undefined ? mute.service === null : mute.service === service) &&
    (wanted === null || mute.cause === wanted);
}

function nothingMeant(id: string | undefined, all: readonly Mute[]): AppError {
  const what = id === undefined ? 'no such mute' : `no mute has the id "${id}"`;
  const there = all.map((mute) => `${mute.id} (${subjectOf(mute)})`).join(', ');
  return new AppError('NoSuchMute', what, {
    hint: there === '' ? 'nothing is muted' : `muted are ${there}`,
  });
}

/** Whether something that was muted by one of these still is by this one. */
function isOverlapping(mute: Mute, removed: readonly Mute[]): boolean {
  const meets = <T>(one: T | null, other: T | null) =>
    one === null || other === null || one === other;
  return removed.some((one) => meets(one.service, mute.service) && meets(one.cause, mute.cause));
}
