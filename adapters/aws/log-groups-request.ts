import type { GroupContract, SubscribeRequest, WatchedGroup } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';

/** Reads what the `subscribe` function is called with: the object, or its JSON. Throws an `AppError`. */
export function parseSubscribeRequest(value: unknown): SubscribeRequest {
  const request = typeof value === 'string' ? parseJson(value) : value;
  if (!isRecord(request)) throw bad('it is no object');
  const { deployment, destinationArn, groups } = request;
  if (typeof deployment !== 'string' || deployment === '') throw bad('it has no deployment');
  if (typeof destinationArn !== 'string') throw bad('it has no destinationArn');
  if (!Array.isArray(groups)) throw bad('it has no groups');
  const watched = Array.isArray(request.watched) ? request.watched : [];
  return {
    deployment,
    destinationArn,
    groups: groups.map(readGroup),
    watched: watched.map(readWatched),
  };
}

function readWatched(value: unknown): WatchedGroup {
  const { name, filterName } = isRecord(value) ? value : {};
  if (typeof name !== 'string' || typeof filterName !== 'string') {
    throw bad('one of the groups to watch lacks a name or a filterName');
  }
  return { name, filterName };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad('it is no JSON', cause);
  }
}

function readGroup(value: unknown): GroupContract {
  if (!isRecord(value)) throw bad('one of its groups is no object');
  const { name, filterName, filterPattern, requestMetric = null } = value;
  const hasTexts = [name, filterName, filterPattern].every((text) => typeof text === 'string');
  if (!hasTexts || (requestMetric !== null && typeof requestMetric !== 'string')) {
    throw bad(`the group ${JSON.stringify(name)} lacks a name, a filterName or a filterPattern`);
  }
  return {
    name: name as string,
    filterName: filterName as string,
    filterPattern: filterPattern as string,
    requestMetric,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(what: string, cause?: unknown): AppError {
  return new AppError('BadSubscribeRequest', `the request to subscribe cannot be read: ${what}`, {
    cause,
  });
}
