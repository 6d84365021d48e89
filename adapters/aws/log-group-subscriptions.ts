/**
 * Filters on log groups that CloudFormation cannot put: on those that do not exist yet, that are found by the
 * beginning of their names, or that appear later.
 */
import { type GroupContract, parseFilterName, type SubscribeRequest } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';
import type { LogGroupsClient } from './log-groups-client.ts';
import { type GroupPlan, hasName, settleFilters } from './log-groups-filters.ts';
import { findLogGroups, isOwnLogGroup } from './log-groups-find.ts';

/** What became of the log groups, each by its name. */
export type SubscribeOutcome = {
  /** Filters were put. */
  readonly subscribed: readonly string[];
  readonly unchanged: readonly string[];
  /** No filter of ours is on them any more. */
  readonly released: readonly string[];
  /** Names, and beginnings of names, that no log group has yet. */
  readonly waiting: readonly string[];
  /** Sentences for the operator. */
  readonly problems: readonly string[];
};

export type SubscribeTask = {
  /** What shall be; `null`: nothing, any more. */
  readonly request: SubscribeRequest | null;
  /** What was asked for before, if that is known: its filters that are not asked for any more are deleted. */
  readonly previous: SubscribeRequest | null;
  readonly client: LogGroupsClient;
  /** Whether to stop; the next refresh does the rest. */
  readonly isTimeUp: () => boolean;
};

/**
 * Puts the filters that are missing or differ, and deletes those of ours that the previous request asked for and this
 * one does not. Filters of others are never touched. A group that fails is told and stops no other.
 */
export async function subscribeLogGroups(task: SubscribeTask): Promise<SubscribeOutcome> {
  const outcome = new Outcome();
  for (const plan of await planGroups(task, outcome)) {
    if (task.isTimeUp()) outcome.problems.push(notReached(plan.name));
    else await settleGroup(task, plan, outcome);
  }
  return outcome;
}

function notReached(name: string): string {
  return `log group "${name}" was not reached in time: the next refresh takes it on`;
}

class Outcome implements SubscribeOutcome {
  readonly subscribed: string[] = [];
  readonly unchanged: string[] = [];
  readonly released: string[] = [];
  readonly waiting: string[] = [];
  readonly problems: string[] = [];
}

type Draft = {
  readonly logGroupClass: string;
  readonly wanted: GroupContract[];
  readonly before: string[];
};

async function planGroups(task: SubscribeTask, outcome: Outcome): Promise<readonly GroupPlan[]> {
  const drafts = new Map<string, Draft>();
  for (const name of namesOf(task)) {
    try {
      if (task.isTimeUp()) outcome.problems.push(notReached(name));
      else await draftGroups(task, name, drafts, outcome);
    } catch (error) {
      outcome.problems.push(`log group "${name}" could not be looked for: ${reasonOf(error)}`);
    }
  }
  return [...drafts].flatMap(([name, draft]) => planOf(name, draft, outcome));
}

function namesOf({ request, previous }: SubscribeTask): ReadonlySet<string> {
  const groups = [...(request?.groups ?? []), ...(previous?.groups ?? [])];
  return new Set(groups.map((group) => group.name));
}

async function draftGroups(
  { request, previous, client }: SubscribeTask,
  name: string,
  drafts: Map<string, Draft>,
  outcome: Outcome,
): Promise<void> {
  const wanted = request?.groups.filter((group) => group.name === name) ?? [];
  const before = previous?.groups.filter((group) => group.name === name) ?? [];
  const deployment = (request ?? previous)?.deployment ?? '';
  if (isOwnLogGroup(deployment, name)) {
    outcome.problems.push(
      `log group "${name}" is one of the pipeline's own: take it out of the configuration`,
    );
    return;
  }
  const found = await findLogGroups(client, deployment, name);
  if (found.length === 0 && wanted.length > 0) outcome.waiting.push(name);
  for (const group of found) {
    const draft = drafts.get(group.name) ?? { ...group, wanted: [], before: [] };
    drafts.set(group.name, draft);
    draft.wanted.push(...wanted);
    draft.before.push(...before.map(({ filterName }) => filterName).filter(isOurs));
  }
}

function isOurs(filterName: string): boolean {
  return parseFilterName(filterName) !== null;
}

function planOf(name: string, draft: Draft, outcome: Outcome): GroupPlan[] {
  if (draft.logGroupClass !== 'STANDARD') {
    if (draft.wanted.length > 0) outcome.problems.push(wrongClass(name, draft.logGroupClass));
    return [];
  }
  const wanted = onePerFilter(draft.wanted);
  const kept = new Set(wanted.map(({ filterName }) => filterName));
  const stale = new Set(draft.before.filter((filterName) => !kept.has(filterName)));
  return [{ name, wanted, stale }];
}

/** A name and a prefix may find the same group and ask for the same filter: the name counts. */
function onePerFilter(contracts: readonly GroupContract[]): GroupContract[] {
  const isPrefix = ({ name }: GroupContract) => Number(name.endsWith('*'));
  return contracts
    .toSorted((one, other) => isPrefix(one) - isPrefix(other))
    .filter(({ filterName }, index, all) => {
      return all.findIndex((one) => one.filterName === filterName) === index;
    });
}

function wrongClass(name: string, logGroupClass: string): string {
  return `log group "${name}" is of the class ${logGroupClass}, which takes no subscription filters and cannot be changed: send its logs to a group of the class STANDARD`;
}

async function settleGroup(
  { client, request }: SubscribeTask,
  plan: GroupPlan,
  outcome: Outcome,
): Promise<void> {
  try {
    const destinationArn = request?.destinationArn ?? '';
    const isChanged = await settleFilters({ client, plan, destinationArn });
    if (!isChanged) outcome.unchanged.push(plan.name);
    else if (plan.wanted.length > 0) outcome.subscribed.push(plan.name);
    else outcome.released.push(plan.name);
  } catch (error) {
    // It was deleted since it was found.
    if (hasName(error, 'ResourceNotFoundException')) outcome.waiting.push(plan.name);
    else outcome.problems.push(problemOf(plan.name, error));
  }
}

function problemOf(name: string, error: unknown): string {
  if (error instanceof AppError) return error.message;
  return `log group "${name}" could not be subscribed: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
