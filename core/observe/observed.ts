import type { SignalFacts, SignalId } from '../model.ts';

/** What an entry or a system line means: the part of a signal that its text decides. */
export type Observed = {
  readonly id: SignalId;
  /** The process it is about; absent: the one that wrote it. `null`: it names none. */
  readonly pid?: number | null;
  /** `shop.service`, where systemd or the kernel named it. */
  readonly unit?: string | null;
  readonly facts?: SignalFacts;
};
