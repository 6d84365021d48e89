/** What is known around the failures of one host and minute, prepared once for all of them. */
import type { BackendAnswer, Signal, UpstreamError } from '../model.ts';
import { type Answers, indexAnswers } from './answers.ts';
import { findDeaths, type WorkerDeath } from './deaths.ts';
import { compareLines } from './in-time.ts';
import { type BackendState, backendStates } from './lifecycle.ts';

export type HostContext = {
  /** Signals of the host (or of the backends it has no logs of its own of), in time order. */
  readonly signals: readonly Signal[];
  readonly states: readonly BackendState[];
  readonly deaths: readonly WorkerDeath[];
  /** In time order. */
  readonly errors: readonly UpstreamError[];
  readonly answers: Answers;
  /** Gunicorn's `--graceful-timeout`, milliseconds. */
  readonly gracefulMs: number;
  /** Whether NGINX's error log was seen to be alive at the time: only then does its silence mean something. */
  readonly hasErrorLog: boolean;
};

/** Gunicorn's default `graceful_timeout` (config.py). */
const DEFAULT_GRACEFUL_MS = 30_000;

/** Prepares the context of one host from its observations and the state its backend was in before them. */
export function hostContext(input: {
  readonly before: BackendState;
  readonly signals: readonly Signal[];
  readonly errors: readonly UpstreamError[];
  readonly answers: readonly BackendAnswer[];
  readonly gracefulMs?: number;
  readonly hasErrorLog: boolean;
}): HostContext {
  const signals = [...input.signals].sort(compareLines);
  return {
    signals,
    states: backendStates(input.before, signals),
    deaths: findDeaths(signals),
    errors: [...input.errors].sort(compareLines),
    answers: indexAnswers(input.answers),
    gracefulMs: input.gracefulMs ?? DEFAULT_GRACEFUL_MS,
    hasErrorLog: input.hasErrorLog,
  };
}
