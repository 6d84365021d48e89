import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, isInstalled } from '../command.ts';
import { BenchError, type Corpus, OUT } from '../corpus.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'badgateway.cjs');

/** The main job on the three logs of a corpus, as a user runs it. */
export function diagnoseCommand(corpus: Corpus): Command {
  if (!existsSync(CLI)) throw new BenchError(`${CLI} is not built: run "npm run build"`);
  const files = [corpus.access, corpus.error, corpus.gunicorn];
  return {
    name: 'badgateway diagnose',
    argv: [process.execPath, CLI, 'diagnose', ...files, '--format', 'json'],
  };
}

/** The measure of all: how fast the access log's bytes can be looked at. */
export function grepCommand({ access }: Corpus): Command {
  return { name: 'grep -c', argv: ['grep', '-c', '" 502 ', access] };
}

/** The peers that are installed, on the access log alone; all but `wc` count requests by status or more. */
export function peerCommands({ access }: Corpus): Command[] {
  const counting = '{ count[$9]++ } END { for (status in count) print status, count[status] }';
  const program = join(import.meta.dirname, 'statuses.mtail');
  const report = join(OUT, 'goaccess.json');
  const peers: Command[] = [
    { name: 'wc -l', argv: ['wc', '-l', access] },
    { name: 'mawk $9', argv: ['mawk', counting, access] },
    { name: 'mtail', argv: ['mtail', '--one_shot', '--progs', program, '--logs', access] },
    {
      name: 'goaccess',
      argv: ['goaccess', access, '--log-format=COMBINED', '--no-progress', '-o', report],
    },
  ];
  return peers.filter(({ argv }) => isInstalled(argv[0]));
}
