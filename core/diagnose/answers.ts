/** What Gunicorn's own access log says it answered to a request that failed at NGINX. */

import type { CauseId } from '../catalogue/cause-ids.ts';
import { groupBy } from '../group-by.ts';
import type { BackendAnswer } from '../model.ts';
import type { Failure } from './failure.ts';
import { requestLineOf } from './failure.ts';

/** Both logs have whole seconds, and each is written when its side is done. */
const NEAR_MS = 2_000;

export type Answers = ReadonlyMap<string, readonly BackendAnswer[]>;

/** Answers by method and URI: NGINX sends them on as they are, with a version of its own. */
export function indexAnswers(answers: readonly BackendAnswer[]): Answers {
  return groupBy(answers, (answer) => keyOf(answer.request));
}

/** The answer that fits the cause of this failure, if Gunicorn logged one. */
export function findAnswer(
  failure: Failure,
  cause: CauseId,
  answers: Answers,
): BackendAnswer | null {
  const requestLine = requestLineOf(failure);
  if (requestLine === null || answers.size === 0) return null;
  const near = answers
    .get(keyOf(requestLine))
    ?.filter((answer) => Math.abs(answer.at - failure.at) <= NEAR_MS);
  return near?.find((answer) => fits(answer.status, failure, cause)) ?? null;
}

function fits(status: number, failure: Failure, cause: CauseId): boolean {
  switch (cause) {
    case 'upstream-returned-5xx':
      return String(status) === failure.status;
    case 'upstream-header-too-big':
    case 'invalid-response':
    case 'request-body-unread':
    case 'premature-body-close':
      return true;
    default:
      return false;
  }
}

function keyOf(requestLine: string): string {
  const [method = '', uri = ''] = requestLine.split(' ', 2);
  return `${method} ${uri}`;
}
