/**
 * Which log streams were written to lately. The filters deliver failures only: that a host's access log is there at
 * all, while nothing fails, is known from here.
 */
import { parseFilterName, type WatchedGroup } from '../../core/contract.ts';
import type { LogGroupsClient } from './log-groups-client.ts';
import { findLogGroups } from './log-groups-find.ts';

export type FoundStream = {
  readonly service: string;
  readonly role: string;
  readonly group: string;
  readonly stream: string;
};

export type FindStreamsTask = {
  readonly client: LogGroupsClient;
  readonly deployment: string;
  readonly watched: readonly WatchedGroup[];
  /** Streams whose last event is older are left out, epoch milliseconds. */
  readonly sinceMs: number;
  /** Whether to stop; the next time finds the rest. */
  readonly isTimeUp: () => boolean;
};

/** Pages of 50 streams looked at of a group. */
const MOST_PAGES = 40;

/** Streams of the watched groups. A group that cannot be looked at is left out, and is no reason to leave others out. */
export async function findLogStreams(task: FindStreamsTask): Promise<FoundStream[]> {
  const found: FoundStream[] = [];
  for (const watched of task.watched) {
    const parts = parseFilterName(watched.filterName);
    if (parts === null || task.isTimeUp()) continue;
    for (const group of await groupsOf(task, watched.name)) {
      const streams = await streamsOf(task, group);
      found.push(...streams.map((stream) => ({ ...parts, group, stream })));
    }
  }
  return found.map(({ service, role, group, stream }) => ({ service, role, group, stream }));
}

async function groupsOf(task: FindStreamsTask, name: string): Promise<string[]> {
  if (!name.endsWith('*')) return [name];
  try {
    const groups = await findLogGroups(task.client, task.deployment, name);
    return groups.map((group) => group.name);
  } catch {
    return [];
  }
}

async function streamsOf(task: FindStreamsTask, logGroupName: string): Promise<string[]> {
  const streams: string[] = [];
  let nextToken: string | undefined;
  try {
    for (let page = 0; page < MOST_PAGES && !task.isTimeUp(); page++) {
      const { logStreams = [], nextToken: next } = await task.client.describeLogStreams({
        logGroupName,
        orderBy: 'LastEventTime',
        descending: true,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      // "lastEventTimestamp … typically updates in less than an hour" (DescribeLogStreams).
      const recent = logStreams.filter((one) => (one.lastEventTimestamp ?? 0) >= task.sinceMs);
      streams.push(...recent.flatMap((one) => one.logStreamName ?? []));
      nextToken = next;
      if (nextToken === undefined || recent.length < logStreams.length) break;
    }
  } catch {
    // It does not exist yet, or may not be looked at: the filters' own report says so.
  }
  return streams;
}
