import { expect, test } from 'vitest';
import { decide } from '../../../core/incident/decide.ts';
import type { Incident } from '../../../core/incident/incident.ts';
import { decodeIncident, encodeIncident } from '../../../core/incident/incident-record.ts';
import { MAX_BODY_BYTES } from '../../../core/table.ts';
import { at, Service } from './service.ts';

function incident(): Incident {
  const service = new Service().fail('worker-timeout', '14:00', { count: 9 });
  const found = decide(service.input(at('14:00:05'))).incidents[0];
  if (!found) throw new Error('no incident');
  return found;
}

test('an incident is read as it was written', () => {
  expect(decodeIncident(encodeIncident(incident()))).toEqual(incident());
});

test('one that is too large for a row keeps every transition, with less evidence', () => {
  const one = incident();
  const line = { role: 'error', at: '', host: '', path: '', lineNumber: 1 } as const;
  const evidence = Array.from({ length: 20 }, () => ({ ...line, line: 'é'.repeat(1_200) }));
  const outbox = Array.from({ length: 8 }, (_, number) => ({
    ...(one.outbox[0] ?? expect.fail()),
    id: `${one.id}/${number}`,
    diagnosis: { ...(one.outbox[0] ?? expect.fail()).diagnosis, evidence },
  }));
  const body = encodeIncident({ ...one, outbox });
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
  const kept = decodeIncident(body).outbox;
  expect(kept.map(({ id }) => id)).toEqual(outbox.map(({ id }) => id));
  expect(kept[0]?.diagnosis.evidence.length).toBeGreaterThan(0);
});

test('one of a newer version is refused', () => {
  expect(() => decodeIncident('{"v":2}')).toThrow('an incident has the version 2');
});
