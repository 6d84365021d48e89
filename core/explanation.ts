import type { CauseId } from './catalogue/cause-ids.ts';
import type { LogRole, MechanismId, SignalId } from './model.ts';

/** A value of one field that was cut from a line. */
export type FieldValue = string | number | boolean | null | readonly (string | number | null)[];

/**
 * What one line means by itself, exactly as `explain --format json` prints it. Texts taken from the line are ordinary
 * strings, as in a diagnosis.
 */
export type Explanation = {
  readonly role: LogRole;
  /** The line has the shape of its log. */
  readonly parsed: boolean;
  /** ISO 8601 in UTC; `null` when the line has no time. */
  readonly at: string | null;
  readonly kind: 'mechanism' | 'signal' | 'request' | 'other';
  /** `null` for a request and for `other`. */
  readonly id: MechanismId | SignalId | null;
  /** The status a client gets because of this line alone, or `none`. */
  readonly visible: string;
  /** The causes it can point to, the likeliest first. */
  readonly causes: readonly CauseId[];
  /** Which rule recognised it, in words; `null` when none did. */
  readonly rule: string | null;
  /** Where in NGINX's, Gunicorn's, systemd's or the kernel's source such a line comes from. */
  readonly source: string | null;
  readonly fields: Readonly<Record<string, FieldValue>>;
};
