/**
 * Publishes with as much detail as is taken. A message that is refused for what is in it would be refused for ever, and
 * hold back all that comes after it.
 */
import { isAppError } from '../errors.ts';
import { printableText } from '../messages/printable.ts';
import type { Transition } from './incident.ts';
import type { AlertNotice } from './notice.ts';
import type { Publication } from './summary.ts';

export type PublishOptions = {
  /** Nothing is to be looked up for it: it is a lesser form of what was refused. */
  readonly isBare: boolean;
};

/** Sends one publication; throws when it was not taken. */
export type Publish = (publication: Publication, options: PublishOptions) => Promise<void>;

/** What is refused in every form is tried for so long: it may be the topic after all. */
export const GIVE_UP_MS = 15 * 60_000;

/** Codes of an `AppError` that says that the message itself is not taken, and that another one may be. */
const FINAL_CODES: readonly string[] = ['AlertTooLarge', 'AlertNotRendered', 'TopicRefused'];

export type Published =
  /** `error`: why it was published in a lesser form. */
  | { readonly kind: 'published'; readonly error: unknown }
  /** To be tried again. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Never to be tried again. */
  | { readonly kind: 'dropped'; readonly error: unknown };

/** Never throws. `sinceMs`: when there was something to tell. */
export async function publishSomehow(
  publish: Publish,
  publication: Publication,
  { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
): Promise<Published> {
  let first: unknown = null;
  for (const [index, form] of formsOf(publication).entries()) {
    try {
      await publish(form, { isBare: index > 0 });
      return { kind: 'published', error: first };
    } catch (error) {
      if (!isFinal(error)) return { kind: 'refused', error };
      first ??= error;
    }
  }
  return { kind: nowMs - sinceMs < GIVE_UP_MS ? 'refused' : 'dropped', error: first };
}

function isFinal(error: unknown): boolean {
  return isAppError(error) && FINAL_CODES.includes(error.code);
}

/** Each with the same id, and less in it than the one before. */
function formsOf(publication: Publication): readonly Publication[] {
  switch (publication.kind) {
    case 'notice':
      return [publication];
    case 'summary': {
      const services = new Set(publication.transitions.map(({ incident }) => incident.service));
      const title = `${publication.transitions.length} alerts about ${services.size} services`;
      const lines = [`Of ${[...services].sort().slice(0, MOST_NAMES).join(', ')}.`, IN_THE_LOG];
      return [publication, noticeOf(publication, title, lines)];
    }
    default:
      return [publication, withoutDetail(publication), plainly(publication)];
  }
}

const MOST_NAMES = 20;
const IN_THE_LOG =
  'The whole message could not be sent; the log of the evaluate function says why. The incident is in the table.';

/** Without anything that was written by a log. */
function withoutDetail(transition: Transition): Transition {
  const { incident, diagnosis } = transition;
  return {
    ...transition,
    incident: { ...incident, hosts: incident.hosts.slice(0, MOST_NAMES) },
    diagnosis: {
      ...diagnosis,
      evidence: [],
      routes: [],
      upstreams: [],
      hosts: diagnosis.hosts.slice(0, MOST_NAMES),
      timeline: [],
      symptoms: [],
      fixes: [],
    },
  };
}

function plainly(transition: Transition): AlertNotice {
  const { kind, incident, diagnosis } = transition;
  const since = new Date(incident.openedAt).toISOString();
  const last = new Date(incident.lastFailureAt).toISOString();
  const hosts = incident.hosts.slice(0, MOST_NAMES).join(', ') || 'hosts that are not known';
  return noticeOf(transition, `${incident.service}: ${incident.cause} (${kind})`, [
    `${diagnosis.title}.`,
    `${incident.failures} failed requests from ${since} to ${last}, on ${hosts}.`,
    `Incident ${incident.id}`,
    IN_THE_LOG,
  ]);
}

function noticeOf({ id, at }: Publication, title: string, lines: readonly string[]): AlertNotice {
  return { kind: 'notice', id, at, title: printableText(title), lines: lines.map(printableText) };
}
