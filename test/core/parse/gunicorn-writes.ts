/** Lines as Gunicorn writes them, and what reads them, for the tests. */
import { classifyGunicornEntry } from '../../../core/observe/signal-gunicorn.ts';
import { GunicornAssembler, type GunicornEntry } from '../../../core/parse/gunicorn-entry.ts';

export const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);

/** A header line of the default form, `seconds` after noon. */
export function header(seconds: number, pid: number, level: string, message: string): string {
  const stamp = new Date(NOON + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `[${stamp} +0000] [${pid}] [${level}] ${message}`;
}

/** Gunicorn's start at noon: arbiter 100, workers 101 and 102. */
export const START: readonly string[] = [
  header(0, 100, 'INFO', 'Starting gunicorn 23.0.0'),
  header(0, 100, 'INFO', 'Listening at: http://127.0.0.1:8000 (100)'),
  header(0, 100, 'INFO', 'Using worker: sync'),
  header(0, 101, 'INFO', 'Booting worker with pid: 101'),
  header(0, 102, 'INFO', 'Booting worker with pid: 102'),
];

const WORKER = '/srv/venv/lib/python3.12/site-packages/gunicorn/workers';

export const ABORT: readonly string[] = [
  'Traceback (most recent call last):',
  `  File "${WORKER}/sync.py", line 134, in handle`,
  '    self.handle_request(listener, req, client, addr)',
  '  File "/srv/shop/views.py", line 61, in build_pdf',
  '    time.sleep(60)',
  `  File "${WORKER}/base.py", line 204, in handle_abort`,
  '    sys.exit(1)',
  'SystemExit: 1',
];

/** The traceback of a view that raises `exception`. */
export function traceback(exception: string): string[] {
  return [
    'Traceback (most recent call last):',
    `  File "${WORKER}/sync.py", line 134, in handle`,
    '    self.handle_request(listener, req, client, addr)',
    '  File "/srv/shop/views.py", line 12, in show',
    '    raise Problem(name)',
    '    ^^^^^^^^^^^^^^^^^^^',
    ...exception.split('\n'),
  ];
}

/** The entries of a log, from a line at a time. */
export function entriesOf(lines: readonly string[], keepsRequests = false): GunicornEntry[] {
  const assembler = new GunicornAssembler({ keepsRequests });
  const entries = lines.flatMap((line, index) => [
    ...assembler.push(line, null, { path: 'gunicorn.log', lineNumber: index + 1 }),
  ]);
  return [...entries, ...assembler.flush()];
}

/** What the entries of a log mean: `worker-timeout 101`, in order. */
export function signalsOf(lines: readonly string[]): string[] {
  return entriesOf(lines).flatMap((entry) => {
    const observed = classifyGunicornEntry(entry);
    if (observed === null) return [];
    const pid = observed.pid === undefined ? entry.pid : observed.pid;
    return [pid === null ? observed.id : `${observed.id} ${pid}`];
  });
}

/** The lines held to be forged. */
export function suspectsOf(lines: readonly string[]): string[] {
  return entriesOf(lines).flatMap((entry) => (entry.isSuspect ? [entry.line] : []));
}
