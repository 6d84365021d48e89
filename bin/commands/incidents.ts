import { AppError } from '../../core/errors.ts';
import { renderIncident, renderIncidents } from '../../core/messages/render-incidents.ts';
import { incidentStory, listIncidents } from '../../core/query/incidents.ts';
import type { Table } from '../../core/table.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import { parseTime } from './flag-values.ts';
import { servicesOf } from './query.ts';
import { type PlaceFlags, withPlace } from './with-deployment.ts';

/** The options of `incidents` as commander gives them. */
export type IncidentsFlags = PlaceFlags & {
  readonly service?: string;
  readonly since: string;
  readonly open?: boolean;
  readonly format: 'text' | 'json';
  readonly debug?: boolean;
};

/** Prints the incidents, or the story of one; returns the exit code. */
export async function runIncidents(id: string | undefined, flags: IncidentsFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const nowMs = Date.now();
  return withPlace(flags, async ({ table }) => {
    if (id === undefined) await printList(table, flags, nowMs);
    else await printStory(table, id, { flags, nowMs });
    return 0;
  });
}

async function printList(table: Table, flags: IncidentsFlags, nowMs: number): Promise<void> {
  const list = await listIncidents(table, {
    services: await servicesOf(table, flags.service),
    fromMs: parseTime('--since', flags.since, nowMs),
    toMs: nowMs,
    isOpenOnly: flags.open === true,
  });
  const options = renderOptionsFor(process.stdout, process.env);
  const isJson = flags.format === 'json';
  process.stdout.write(
    isJson ? `${JSON.stringify(list, null, 2)}\n` : renderIncidents(list, options),
  );
}

async function printStory(
  table: Table,
  id: string,
  { flags, nowMs }: { flags: IncidentsFlags; nowMs: number },
): Promise<void> {
  const story = await incidentStory(table, id, nowMs);
  if (story === null) {
    throw new AppError('UnknownIncident', `there is no incident "${id}"`, {
      hint: '`badgateway incidents` lists them with their ids',
    });
  }
  const options = renderOptionsFor(process.stdout, process.env);
  const isJson = flags.format === 'json';
  process.stdout.write(
    isJson ? `${JSON.stringify(story, null, 2)}\n` : renderIncident(story, options),
  );
}
