/** Alerts in which every text that comes from logs, or from whoever names things, wants to be something else. */
import fc from 'fast-check';
import type { TransitionKind } from '../../../core/incident/incident.ts';
import type { Alert } from '../../../core/messages/alert.ts';
import { DIAGNOSIS, INCIDENT, transition } from './sample-alerts.ts';

export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '<!channel> <@U1> <http://evil|x>',
    '```',
    '&amp;&lt;',
    '\u001b[31m',
    'one\nSubject: two\r\n\r\nthree',
    '\u202egnp.exe\u2066 zero\u200bwidth\ufeff',
    'a'.repeat(9_000),
    '\u{1f600}'.repeat(3_000),
    '&'.repeat(5_000),
    '"\\'.repeat(3_000),
  ),
);

export const anyKind: fc.Arbitrary<TransitionKind> = fc.constantFrom(
  'opened',
  'refined',
  'escalated',
  'resolved',
  'reopened',
  'test',
);

/** Lines hold `line`; hosts, routes, titles, links and the rest `name`. */
export function hostileAlert(
  kind: TransitionKind,
  { line, name }: { readonly line: string; readonly name: string },
): Alert {
  const publication = transition(kind, {
    reason: name,
    incident: {
      ...INCIDENT,
      service: name,
      formerCause: 'unknown',
      hosts: [name, `${name}2`],
    },
    diagnosis: {
      ...DIAGNOSIS,
      title: name,
      evidence: DIAGNOSIS.evidence.map((one) => ({ ...one, line, host: name })),
      hosts: [name, `${name}2`].map((host) => ({ host, failures: 2 })),
      routes: [name, line].map((route) => ({ route, failures: 2 })),
      absent: [name, `a ${line}`],
      fixes: [{ title: line, why: name, commands: [name], verify: [line] }],
      docs: [name],
    },
  });
  const context = Array.from({ length: 40 }, (_, index) => ({
    at: INCIDENT.openedAt + (index % 3),
    host: name,
    role: index % 2 === 0 ? ('app' as const) : ('gunicorn' as const),
    line,
  }));
  return { publication, context, links: { logs: name, dashboard: `https://${line}` } };
}
