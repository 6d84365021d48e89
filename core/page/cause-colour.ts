/** Colours of causes: so many are told apart; the causes after them share one. */
export const OWN_COLOURS = 7;

/** The class of a cause by its place in the report: `c1` to `c7`, then `c8`. The stylesheet says what it looks like. */
export function colourOf(index: number): string {
  return `c${Math.min(index, OWN_COLOURS) + 1}`;
}
