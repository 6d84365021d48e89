import { AppError } from '../../core/errors.ts';
import { explainLine } from '../../core/explain-line.ts';
import type { Explanation } from '../../core/explanation.ts';
import { renderExplain } from '../../core/messages/render-explain.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';
import { recogniseRole } from '../../core/recognise-role.ts';
import { endQuietlyWhenClosed, renderOptionsFor } from '../terminal.ts';
import { titleOf } from './cause-title.ts';

/** The options of `explain` as commander gives them. */
export type ExplainFlags = { readonly log?: string; readonly format: 'text' | 'json' };

/** Explains the given line, or each line of standard input, in order; returns the exit code. */
export async function runExplain(line: string | undefined, flags: ExplainFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  const role = given(flags.log);
  const explain = (bytes: string): string => show(explainAs(bytes, role));
  const options = { ...renderOptionsFor(process.stdout, process.env), titleOf };
  const show = (explanation: Explanation): string =>
    flags.format === 'json'
      ? `${JSON.stringify(explanation)}\n`
      : renderExplain(explanation, options);
  if (line !== undefined) {
    process.stdout.write(explain(Buffer.from(line, 'utf8').toString('latin1')));
    return 0;
  }
  if (process.stdin.isTTY) process.stderr.write('reading lines, end with Ctrl-D\n');
  const separator = flags.format === 'json' ? '' : '\n';
  await explainStandardInput(explain, separator);
  return 0;
}

function given(log: string | undefined): LogRole | null {
  if (log === undefined) return null;
  const role = LOG_ROLES.find((known) => known === log);
  if (role !== undefined) return role;
  throw new AppError(
    'UnknownRole',
    `unknown log role "${log}": use one of ${LOG_ROLES.join(', ')}`,
  );
}

/** A line that looks like none of the logs may be an application's, but nobody said so. */
function explainAs(bytes: string, given: LogRole | null): Explanation {
  const role = given ?? recogniseRole(bytes.split('\n'));
  return role === null ? { ...explainLine(bytes, 'app'), parsed: false } : explainLine(bytes, role);
}

/** Line by line, so that it works at the end of `tail -f` and with more lines than fit in memory. */
async function explainStandardInput(
  explain: (bytes: string) => string,
  separator: string,
): Promise<void> {
  let rest = '';
  let before = '';
  const write = async (lines: readonly string[]): Promise<void> => {
    const shown = lines.map((line) => explain(withoutReturn(line)));
    if (shown.length === 0) return;
    const isTaken = process.stdout.write(before + shown.join(separator));
    before = separator;
    if (!isTaken) await new Promise((resolve) => process.stdout.once('drain', resolve));
  };
  for await (const chunk of process.stdin.setEncoding('latin1')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    await write(lines);
  }
  await write(rest === '' ? [] : [rest]);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
