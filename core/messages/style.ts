type Paint = (text: string) => string;

/** How a terminal sets texts apart; every function takes one line and returns it with escape sequences, or as it is. */
export type Style = {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
};

const same: Paint = (text) => text;

/** For files, pipes, `NO_COLOR` and dumb terminals. */
export const plainStyle: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
};

/** The colours that every terminal theme can show; nothing is told by colour alone. */
export const ansiStyle: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};

function sgr(on: number, off: number): Paint {
  return (text) => (text.trim() === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`);
}
