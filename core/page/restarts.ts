import type { DiagnosisReport, EvidenceLine } from '../diagnosis.ts';
import { explainLine } from '../explain-line.ts';
import { SIGNAL_WORDS } from '../messages/words.ts';
import type { SignalId } from '../model.ts';

/** A start, stop or reload that the evidence tells of. */
export type Restart = {
  readonly at: string;
  readonly host: string;
  readonly signal: SignalId;
  readonly words: string;
};

const RESTARTS = ['starting', 'stopping', 'reloading', 'unit-started', 'unit-stopped'] as const;
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

function restartOf({ role, line, at, host }: EvidenceLine): Restart | null {
  const speaker = SPEAKER[role];
  if (speaker === undefined) return null;
  const { id } = explainLine(line, role);
  const signal = RESTARTS.find((one) => one === id);
  if (signal === undefined) return null;
  return { at, host, signal, words: `${speaker}: ${SIGNAL_WORDS[signal]}` };
}
