/** A message about badgateway itself, or about an alert that could not be told in any other way. */
export type AlertNotice = {
  readonly kind: 'notice';
  /** Stable: whoever gets it twice can tell. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** One sentence, without a full stop. */
  readonly title: string;
  /** What it means and what to do, a paragraph each. */
  readonly lines: readonly string[];
};
