import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Signal } from '../model.ts';

/** What one failure comes down to, and the backend's own entries that say so (none: NGINX's word alone). */
export type Verdict = {
  readonly cause: CauseId;
  readonly by: readonly Signal[];
};
