/**
 * Evidence: what one host's logs said in one minute, of bounded size. Folding is a commutative, associative
 * merge, so that batches may come in any order and any grouping.
 */
import type { BackendAnswer, Observation, RequestRecord, Signal, UpstreamError } from './model.ts';
import {
  addToSample,
  mergeSample,
  newSample,
  type Sample,
  type SampleRule,
  settleSample,
} from './sample.ts';

export type Evidence = {
  readonly requests: Sample<RequestRecord>;
  readonly errors: Sample<UpstreamError>;
  readonly signals: Sample<Signal>;
  readonly answers: Sample<BackendAnswer>;
};

/**
 * Observations of one kind kept one by one for a host and minute. Past it they are counted by status or
 * mechanism, and share the causes of those that were kept.
 */
const KEPT_PER_MINUTE = 2_000;

export function newEvidence(): Evidence {
  return { requests: newSample(), errors: newSample(), signals: newSample(), answers: newSample() };
}

/** Adds one observation, in place. */
export function foldObservation(evidence: Evidence, observation: Observation): void {
  switch (observation.kind) {
    case 'request':
      addToSample(evidence.requests, observation, REQUEST_RULE);
      break;
    case 'upstream-error':
      addToSample(evidence.errors, observation, ERROR_RULE);
      break;
    case 'signal':
      addToSample(evidence.signals, observation, SIGNAL_RULE);
      break;
    case 'answer':
      addToSample(evidence.answers, observation, ANSWER_RULE);
      break;
  }
}

/** Adds all of `from` into `into`, in place. */
export function mergeEvidence(into: Evidence, from: Evidence): void {
  mergeSample(into.requests, from.requests, REQUEST_RULE);
  mergeSample(into.errors, from.errors, ERROR_RULE);
  mergeSample(into.signals, from.signals, SIGNAL_RULE);
  mergeSample(into.answers, from.answers, ANSWER_RULE);
}

/** Brings evidence within its bounds. Idempotent. */
export function settleEvidence(evidence: Evidence): void {
  settleSample(evidence.requests, REQUEST_RULE);
  settleSample(evidence.errors, ERROR_RULE);
  settleSample(evidence.signals, SIGNAL_RULE);
  settleSample(evidence.answers, ANSWER_RULE);
}

/**
 * A request and its error lines get the same rank, so that where not all are kept, the same ones are kept on
 * both sides and still meet. FNV-1a over the request line, which both logs have.
 */
export function rankOfRequest(request: string | null): number {
  const text = request ?? '';
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length && index < 256; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function compareInTime(a: Observation, b: Observation): number {
  return (
    a.at - b.at ||
    compareText(a.origin.path, b.origin.path) ||
    a.origin.lineNumber - b.origin.lineNumber ||
    compareText(a.line, b.line)
  );
}

/** Orders texts by code unit, the same on every machine. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const REQUEST_RULE: SampleRule<RequestRecord> = {
  limit: KEPT_PER_MINUTE,
  rankOf: (request) => rankOfRequest(request.request),
  compare: compareInTime,
  classOf: (request) => String(request.status),
};

export const ERROR_RULE: SampleRule<UpstreamError> = {
  limit: KEPT_PER_MINUTE,
  rankOf: (error) => rankOfRequest(error.request),
  compare: compareInTime,
  classOf: (error) => error.mechanism,
};

const SIGNAL_RULE: SampleRule<Signal> = {
  limit: KEPT_PER_MINUTE,
  rankOf: (signal) => signal.at,
  compare: compareInTime,
  classOf: (signal) => signal.id,
};

const ANSWER_RULE: SampleRule<BackendAnswer> = {
  limit: KEPT_PER_MINUTE,
  rankOf: (answer) => rankOfRequest(answer.request),
  compare: compareInTime,
  classOf: (answer) => String(answer.status),
};
