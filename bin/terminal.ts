import type { RenderOptions } from '../core/messages/page.ts';
import { ansiStyle, plainStyle } from '../core/messages/style.ts';

/** What a text is laid out for when nobody's terminal says its width. */
const DEFAULT_WIDTH = 100;

type Output = { readonly isTTY?: boolean; readonly columns?: number };
type Environment = Readonly<Record<string, string | undefined>>;

/** How texts look on standard output: colour only on a terminal that wants it, ASCII where UTF-8 is not understood. */
export function renderOptionsFor(output: Output, environment: Environment): RenderOptions {
  const isDumb = environment.TERM === 'dumb';
  const hasColour = output.isTTY === true && !isDumb && !environment.NO_COLOR;
  const columns = output.columns || Number(environment.COLUMNS ?? 0);
  return {
    width: columns > 0 ? columns : DEFAULT_WIDTH,
    style: hasColour ? ansiStyle : plainStyle,
    timeZone: 'UTC',
    ascii: isDumb || !understandsUtf8(environment),
  };
}

/** The locale as POSIX finds it: the first of the three that is set; none at all says nothing. */
function understandsUtf8({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8';
  return /utf-?8/i.test(locale);
}

/** A reader who has seen enough (`| head`) closes the pipe: that is no error. */
export function endQuietlyWhenClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
