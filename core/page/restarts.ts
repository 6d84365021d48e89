import type { DiagnosisReport, EvidenceLine } from '../diagnosis.ts';
import { explainLine } from '../explain-line.ts';
import { SIGNAL_WORDS } from '../messages/words.ts';

/** A start, stop or reload that the evidence tells of. */
export type Restart = {
  readonly at: string;
  readonly host: string;
  readonly signal: keyof typeof RESTARTS;
  readonly words: string;
};

const RESTARTS = {
  starting: 'start',
  stopping: 'stop',
  reloading: 'reload',
  'unit-started': 'start',
  'unit-stopped': 'stop',
} as const;
const SPEAKER: Partial<Record<EvidenceLine['role'], string>> = {
  gunicorn: 'Gunicorn',
  system: 'systemd',
};

/** In order of time, each once. Only those that are evidence of a cause: a report does not hold the others. */
export function restartsOf({ diagnoses }: DiagnosisReport): Restart[] {
  const restarts = new Map<string, Restart>();
  for (const line of diagnoses.flatMap(({ evidence }) => evidence)) {
    const restart = restartOf(line);
    if (restart !== null) restarts.set([restart.at, restart.host, restart.signal].join(), restart);
  }
  return [...restarts.values()].sort((a, b) => a.at.localeCompare(b.at));
}

/** What a mark of some of them says: `stop`, `restart`, `reload ×2`. */
export function restartLabel(restarts: readonly Restart[]): string {
  const kinds = [...new Set(restarts.map(({ signal }) => RESTARTS[signal]))];
  const hosts = new Set(restarts.map(({ host }) => host)).size;
  const kind = kinds.length === 1 ? kinds[0] : 'restart';
  return hosts > 1 ? `${kind} ×${hosts}` : `${kind}`;
}

function restartOf({ role, line, at, host }: EvidenceLine): Restart | null {
  const speaker = SPEAKER[role];
  if (speaker === undefined) return null;
  const { id } = explainLine(line, role);
  if (!isRestart(id)) return null;
  return { at, host, signal: id, words: `${speaker}: ${SIGNAL_WORDS[id]}` };
}

function isRestart(id: string | null): id is keyof typeof RESTARTS {
  return id !== null && Object.hasOwn(RESTARTS, id);
}
