/** How a backend's state is written into a row of the table, and read again. */
import { type BackendState, UNKNOWN_BACKEND } from '../diagnose/lifecycle.ts';

const LONG_AGO = Number.NEGATIVE_INFINITY;

/** The same state always gives the same text. */
export function encodeState(state: BackendState): string {
  const { at, since, ...rest } = state;
  return JSON.stringify({ ...rest, at: finite(at), since: finite(since) });
}

export function decodeState(body: string): BackendState {
  const { at, since, ...rest } = JSON.parse(body);
  return { ...UNKNOWN_BACKEND, ...rest, at: at ?? LONG_AGO, since: since ?? LONG_AGO };
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
