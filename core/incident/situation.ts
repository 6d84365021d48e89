/** Everything that a decision is made from. */
import type { RolesSeen } from '../diagnose/absent.ts';
import type { Settings } from '../diagnose/fix-facts.ts';
import type { Counts, Minutes } from './counts.ts';
import type { Incident } from './incident.ts';
import type { Mute } from './mutes.ts';
import type { RequestCounts } from './opening-rule.ts';
import type { Policy } from './policy.ts';

export type DecideInput = {
  readonly policy: Policy;
  readonly service: string;
  /** Those that are open, and those that were until lately: see `isAlive`. */
  readonly incidents: readonly Incident[];
  /** Counts of the minutes from `fromMinute` on; a minute that is not there had no failures. */
  readonly minutes: Minutes;
  readonly fromMinute: number;
  readonly mutes: readonly Mute[];
  /** `null` when requests are not counted. */
  readonly requests: RequestCounts | null;
  /** Hosts that sent logs lately; `null` when it is not known. */
  readonly knownHosts: number | null;
  /** For the diagnosis in a message. */
  readonly settings: Settings;
  readonly roles: RolesSeen;
  readonly nowMs: number;
};

export type Situation = DecideInput & { readonly counts: Counts };
