/** Deliveries of a log to the deployed functions, as CloudWatch Logs makes them. */
import { filterNameOf } from '../../core/contract.ts';
import type { LogRole } from '../../core/model.ts';
import { payloadOf } from '../pipeline/deliveries.ts';
import type { Line } from './log-lines.ts';

export type LogOf = {
  readonly deployment: string;
  readonly service: string;
  readonly role: LogRole;
};

/** The event that `ingest` gets for lines of a log of the host `web-1`. */
export function deliveryEvent({ deployment, service, role }: LogOf, lines: readonly Line[]) {
  const events = lines.map(({ at, text }, index) => ({
    id: `${role.length}${at}${index}`.padStart(56, '0'),
    timestamp: at,
    message: text,
  }));
  const host = 'web-1';
  const place = { role, host, group: `/${service}/${role}`, stream: host };
  const log = { ...place, format: undefined, formatText: null, events };
  const filter = filterNameOf({ deployment, service, role, format: '-' });
  return { awslogs: { data: payloadOf({ log, events }, filter) } };
}
