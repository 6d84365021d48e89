import { printableText } from '../../core/messages/printable.ts';
import { endQuietlyWhenClosed } from '../terminal.ts';

/** The options of `config check` as commander gives them. */
export type ConfigCheckFlags = { readonly format: 'text' | 'json' };

/** Checks a configuration and prints what it would watch, or all its problems; returns the exit code. */
export async function runConfigCheck(path: string, flags: ConfigCheckFlags): Promise<number> {
  endQuietlyWhenClosed(process.stdout);
  // Parsers of YAML and schemas, which no other command shall wait for.
  const { readConfig, renderLocated } = await import('../../adapters/local/read-config.ts');
  const { checkOf, renderConfigCheck } = await import('../../core/config/config-check.ts');
  const read = readConfig(path);
  const check = checkOf(path, read);
  if (flags.format === 'json') process.stdout.write(`${JSON.stringify(check, null, 2)}\n`);
  else if (check.valid) process.stdout.write(renderConfigCheck(check));
  else {
    for (const problem of read.problems) {
      process.stderr.write(`${printableText(renderLocated(path, problem))}\n`);
    }
  }
  return check.valid ? 0 : 2;
}
