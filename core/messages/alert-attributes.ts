/** What filter policies of subscriptions see of an alert. */
import type { Publication } from '../incident/summary.ts';

/** The value of a `String.Array` is the JSON of a list: a policy matches when one of its values does. */
type AlertAttribute = {
  readonly type: 'String' | 'String.Array';
  readonly value: string;
};

export type AlertAttributes = Readonly<Record<string, AlertAttribute>>;

export function alertAttributes(publication: Publication): AlertAttributes {
  if (publication.kind === 'notice') return { service: text('*'), transition: text('notice') };
  if (publication.kind === 'summary') {
    const { transitions } = publication;
    return {
      service: list(transitions.map(({ incident }) => incident.service)),
      cause: list(transitions.map(({ incident }) => incident.cause)),
      severity: list(transitions.map(({ severity }) => severity)),
      transition: list(['summary', ...transitions.map(({ kind }) => kind)]),
    };
  }
  const { incident, diagnosis, kind } = publication;
  return {
    service: text(incident.service),
    cause: text(incident.cause),
    severity: text(diagnosis.severity),
    transition: text(kind),
  };
}

function text(value: string): AlertAttribute {
  return { type: 'String', value };
}

/** A summary tells of at most 100 changes, so that the list has no more items. */
function list(items: readonly string[]): AlertAttribute {
  return { type: 'String.Array', value: JSON.stringify([...new Set(items)].sort()) };
}
