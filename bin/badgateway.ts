/** The command line tool. Only what every run needs is loaded here; a command's code is loaded when it is called. */
import { Command, CommanderError } from 'commander';
import {
  addConfig,
  addDemo,
  addDiagnose,
  addDrill,
  addExplain,
  addIncidents,
  addMute,
  addQuery,
  addRehearse,
  addUnmute,
  addWatch,
  withCommonOptions,
} from './command-line.ts';

const program = new Command('badgateway')
  .description('Reads NGINX and Gunicorn logs and names the cause of every 502 and 504')
  .exitOverride()
  .enablePositionalOptions()
  .configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'badgateway: ')),
  });
withCommonOptions(program);
addDiagnose(program);
addExplain(program);
addWatch(program);
addRehearse(program);
addDrill(program);
addMute(program);
addUnmute(program);
addQuery(program);
addIncidents(program);
addConfig(program);
addDemo(program);
void main(process.argv);

async function main(argv: string[]): Promise<void> {
  try {
    if (argv.length <= 2) program.outputHelp();
    else await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      const { reportError } = await import('./cli-errors.ts');
      process.exitCode = reportError(error, { isDebug: argv.includes('--debug') });
    }
  }
}
