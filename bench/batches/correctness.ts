import { readBackendLog } from '../../core/records/read-backend.ts';
import type { Truth } from '../corpus.ts';
import { ingest } from './ours.ts';
import { readPayloads } from './payloads.ts';

/** The generator's names of what NGINX saw, in ours. */
const MECHANISMS: Readonly<Record<string, string>> = {
  upstream_closed: 'premature-close',
  conn_refused: 'connection-refused',
  conn_reset: 'connection-reset',
  no_live_upstreams: 'no-live-upstreams',
  sock_backlog: 'accept-queue-full',
  header_too_big: 'header-too-big',
  sock_missing: 'socket-missing',
};

const SIGNALS: Readonly<Record<string, string>> = {
  g_worker_timeout: 'worker-timeout',
  g_request_error: 'request-error',
};

type Counts = Map<string, number>;

/** What the folded payloads of a corpus get wrong, one sentence each; none when they are right. */
export function findBatchMistakes(file: string, truth: Truth['payload1k']): string[] {
  const statuses: Counts = new Map();
  const seen: Counts = new Map();
  for (const data of readPayloads(file)) {
    const batch = ingest(data);
    batch.statuses.forEach((count, status) => {
      if (count > 0) add(statuses, String(status), count);
    });
    for (const { errors } of batch.minutes.values()) {
      for (const { observation } of errors) add(seen, observation.mechanism, 1);
    }
    const lines = [...batch.minutes.values()].flatMap((minute) => minute.lines);
    readBackendLog('', { role: 'gunicorn', path: '', lines }, (observed) => {
      if (observed.kind === 'signal') add(seen, observed.id, 1);
    });
  }
  const causes = Object.entries({ ...MECHANISMS, ...SIGNALS }).map(([theirs, ours]) => {
    return [ours, truth.causes[theirs] ?? 0] as const;
  });
  return [...differences(statuses, Object.entries(truth.status)), ...differences(seen, causes)];
}

function add(counts: Counts, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function differences(said: Counts, wanted: readonly (readonly [string, number])[]): string[] {
  return wanted
    .filter(([name, count]) => (said.get(name) ?? 0) !== count)
    .map(([name, count]) => `${name}: said ${said.get(name) ?? 0}, it is ${count}`);
}
