import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import type { CauseId } from '../../core/catalogue/cause-ids.ts';
import { NOTHING_KNOWN } from '../../core/catalogue/fix-context.ts';

/** A cause as a sentence, as it reads when nothing but a line is known. */
export function titleOf(cause: CauseId): string {
  return CATALOGUE[cause].title(NOTHING_KNOWN);
}
