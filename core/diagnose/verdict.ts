import type { CauseId } from '../catalogue/cause-ids.ts';
import type { BackendAnswer, Signal } from '../model.ts';

/** A backend's own entry that says what happened. */
export type Proof = Signal | BackendAnswer;

/** What one failure comes down to, and the backend's entries that say so (none: NGINX's word alone). */
export type Verdict = {
  readonly cause: CauseId;
  readonly by: readonly Proof[];
  /** Only their times tie the entries to this failure. */
  readonly isByTimeOnly?: boolean;
};
