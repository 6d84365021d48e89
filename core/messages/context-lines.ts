/** Lines that were found in the logs around the failures, as e-mails and Slack show them. */
import type { DocumentContextLine } from './alert-document.ts';
import { hostWidthOf, leftOf } from './alert-sections.ts';
import { tellingLine } from './telling-line.ts';
import { cutEnd } from './text-width.ts';
import type { TimeDetail } from './time-range.ts';

const MOST_LINES = 60;
/** What Python draws below a line of code. */
const MARKS = /^[\s^~]+$/;

/**
 * One line each, by time. What belongs to the message before it, such as a traceback, is indented below it without
 * its time.
 */
export function contextLines(
  context: readonly DocumentContextLine[],
  { detail, width }: { readonly detail: TimeDetail; readonly width: number },
): string[] {
  const telling = context.filter(({ line }) => !MARKS.test(line));
  const shown = telling.slice(0, MOST_LINES);
  const hostWidth = hostWidthOf(shown);
  const lines = shown.map((line, index) => {
    if (isContinued(line, shown[index - 1])) return cutEnd(`    ${line.line}`, width, '…');
    const text = tellingLine(line.role, line.line);
    return cutEnd(`${leftOf(line, hostWidth, detail)} ${text}`, width, '…');
  });
  const rest = telling.length - shown.length;
  return rest > 0 ? [...lines, `and ${rest} more lines`] : lines;
}

/** The lines of one message have the same time, host and log, and only the first looks like the beginning of one. */
function isContinued(line: DocumentContextLine, before: DocumentContextLine | undefined): boolean {
  if (before === undefined) return false;
  return (
    line.at === before.at &&
    line.host === before.host &&
    line.role === before.role &&
    !HEAD.test(line.line)
  );
}

/** `[2026-11-20 14:02:40 +0000]`, `2026-11-20T14:02:40`, `Nov 20 14:02:40`, `ERROR:root:`, `{`. */
const HEAD = /^(?:\[?\d{4}[-/]\d\d|<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:|[A-Z]{4,8}\b|\{)/;

/** Of tracebacks the frames of the application, and what was raised: for where room is short. */
export function withoutLibraries(context: readonly DocumentContextLine[]): DocumentContextLine[] {
  return context.filter(({ line }, index) => {
    if (MARKS.test(line) || LIBRARY.test(line)) return false;
    const isCode = /^ {4}/.test(line) && !FRAME.test(line);
    return !(isCode && LIBRARY.test(context[index - 1]?.line ?? ''));
  });
}

const FRAME = /^ {2}File "/;
const LIBRARY = /^ {2}File "(?:<frozen |[^"]{0,500}\/(?:site-packages|lib\/python\d))/;
