/** The lab itself could not do its work: the machine lacks something, or a scenario's own promise broke. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** This machine cannot produce the scenario; the message says why. It counts as skipped, never as passed. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}
