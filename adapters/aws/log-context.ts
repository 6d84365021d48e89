/** Looks into log groups while an alert waits to be sent: FilterLogEvents, briefly. */
import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { AppError } from '../../core/errors.ts';
import type { FoundEvent, LogQuery, LogSearch } from '../../core/incident/log-search.ts';
import type { LogEventsClient } from './log-context-client.ts';

/** Pages of one search: CloudWatch Logs may end a page early, even before it found anything. */
const MAX_PAGES = 2;

export type LogSearchOptions = {
  /** Ends all searches. */
  readonly signal: AbortSignal;
  readonly open?: () => Promise<LogEventsClient>;
};

/**
 * Searches that end with the signal: what was found on earlier pages is given then. Makes no client and loads no SDK
 * before the first one. They reject with an `AppError` in which nothing of the logs is.
 */
export function logSearch({ signal, open = openClient }: LogSearchOptions): LogSearch {
  return async (query) => {
    const found: FoundEvent[] = [];
    try {
      const client = await within(signal, open());
      const ask = (nextToken: string | undefined) =>
        within(signal, client.filterLogEvents(requestOf(query, nextToken), signal));
      await readPages(ask, { found, limit: query.limit });
    } catch (error) {
      if (found.length === 0) throw searchError(error, query.group);
    }
    return found.slice(0, query.limit);
  };
}

type Ask = (nextToken: string | undefined) => ReturnType<LogEventsClient['filterLogEvents']>;

async function readPages(
  ask: Ask,
  { found, limit }: { readonly found: FoundEvent[]; readonly limit: number },
): Promise<void> {
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES && found.length < limit; page++) {
    const answer = await ask(nextToken);
    found.push(...(answer.events ?? []).flatMap(eventOf));
    nextToken = answer.nextToken;
    if (nextToken === undefined) return;
  }
}

function eventOf({ timestamp, logStreamName, message }: FilteredLogEvent): FoundEvent[] {
  if (timestamp === undefined || !logStreamName || !message) return [];
  return [{ at: timestamp, stream: logStreamName, message }];
}

let shared: LogEventsClient | null = null;

async function openClient(): Promise<LogEventsClient> {
  const { logEventsClient } = await import('./log-context-client.ts');
  shared ??= logEventsClient();
  return shared;
}

function requestOf({ group, streams, pattern, fromMs, toMs, limit }: LogQuery, nextToken?: string) {
  return {
    logGroupName: group,
    ...(streams.length > 0 ? { logStreamNames: [...streams] } : {}),
    ...(pattern === '' ? {} : { filterPattern: pattern }),
    startTime: fromMs,
    endTime: toMs,
    limit,
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}

/** Also of a client that does not listen to its signal, nobody waits for the answer any longer. */
function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Its message may hold what was asked or found: only the name is kept. */
function searchError(error: unknown, group: string): AppError {
  const { name } = Object(error) as Record<string, unknown>;
  const isLate = name === 'TimeoutError' || name === 'AbortError';
  const hint =
    name === 'AccessDeniedException' ? { hint: 'deploy again: the role may read this group' } : {};
  return new AppError(
    isLate ? 'LogSearchLate' : 'LogSearchFailed',
    `logs:FilterLogEvents on ${group} ${isLate ? 'took too long' : `failed (${String(name)})`}`,
    hint,
  );
}
