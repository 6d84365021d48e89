/** Which of the lines that were found a message shows. */
import type { EvidenceLine } from '../diagnosis.ts';
import { printableText } from '../messages/printable.ts';
import type { LogRole } from '../model.ts';
import type { ContextEntry } from './context-entries.ts';

export type PickOptions = {
  /** The moment that matters most, epoch milliseconds. */
  readonly anchorMs: number;
  /** What the message shows anyway. */
  readonly evidence: readonly EvidenceLine[];
};

export const MAX_CONTEXT_LINES = 40;
/** Of a longer traceback the middle is left out: frames of the framework, mostly. */
const MAX_TRACEBACK = 24;
const TRACEBACK_HEAD = 4;
/** Instead of lines; indented as the lines of a traceback are. */
export const LEFT_OUT = '  …';
/** Until everything has its place, so that one talkative log does not hide the others. */
const SHARES: Partial<Record<LogRole, number>> = { gunicorn: 26, app: 16, system: 10 };

/** The most telling entries, each once, in the order of their times. */
export function pickContext(
  entries: readonly ContextEntry[],
  { anchorMs, evidence }: PickOptions,
): readonly ContextEntry[] {
  const shown = new Set(evidence.flatMap(({ line }) => line.split('\n')).map(comparable));
  // Lines of one second stay as they were found; shortened ones are others.
  const places = new Map(entries.map((entry, index) => [keyOf(entry), index]));
  const placeOf = (entry: ContextEntry) => places.get(keyOf(entry)) ?? 0;
  const told = new Set<string>();
  const isNew = (entry: ContextEntry) => {
    const key = entry.lines.map(withoutNumbers).join('\n');
    return told.has(key) ? false : told.add(key).size > 0;
  };
  const candidates = entries
    .filter(({ lines }) => !lines.every((line) => shown.has(comparable(line))))
    .map((entry) => ({ entry, weight: weightOf(entry), away: Math.abs(entry.at - anchorMs) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.away - b.away)
    .filter(({ entry }) => isNew(entry))
    .map(({ entry }) => shortened(entry));
  const fair = take(candidates, [], (role) => SHARES[role] ?? 0);
  const all = take(candidates, fair, () => MAX_CONTEXT_LINES);
  return [...all].sort((a, b) => a.at - b.at || placeOf(a) - placeOf(b));
}

function keyOf({ at, role, stream, lines }: ContextEntry): string {
  return JSON.stringify([at, role, stream, lines[0]]);
}

/** Those that fit, after those that were taken before, within the share of each role. */
function take(
  candidates: readonly ContextEntry[],
  before: readonly ContextEntry[],
  shareOf: (role: LogRole) => number,
): readonly ContextEntry[] {
  const taken = [...before];
  const sum = (entries: readonly ContextEntry[]) =>
    entries.reduce((total, { lines }) => total + lines.length, 0);
  for (const entry of candidates) {
    if (taken.includes(entry)) continue;
    const room = MAX_CONTEXT_LINES - sum(taken);
    const share = shareOf(entry.role) - sum(taken.filter(({ role }) => role === entry.role));
    if (entry.lines.length <= Math.min(room, share)) taken.push(entry);
  }
  return taken;
}

function shortened(entry: ContextEntry): ContextEntry {
  const { lines } = entry;
  if (lines.length <= MAX_TRACEBACK) return entry;
  const tail = MAX_TRACEBACK - TRACEBACK_HEAD - 1;
  return { ...entry, lines: [...lines.slice(0, TRACEBACK_HEAD), LEFT_OUT, ...lines.slice(-tail)] };
}

const TROUBLE =
  /error|exception|critical|\bcrit\b|fatal|fail|panic|killed|refused|time[d ]{0,2}out|out of memory|\boom|segfault|denied|unavailable|too many|deadlock/i;
const WARNING = /warn|slow|signal|abort|shutting down|terminat|reload|boot/i;
/** A request line and a status, as access logs have them: `"GET / HTTP/1.1" 200`. */
const ACCESS = /"[A-Z]{3,10} [^"]*" \d{3}\b/;

function weightOf({ lines, isTraceback }: ContextEntry): number {
  if (isTraceback) return 4;
  const text = lines.join('\n');
  if (ACCESS.test(text)) return 0;
  if (TROUBLE.test(text)) return 3;
  return WARNING.test(text) ? 2 : 1;
}

/** Two lines of the same form: times, process ids and addresses differ. */
function withoutNumbers(line: string): string {
  return line.replace(/0x[0-9a-f]+|\d+/gi, '#');
}

/** As evidence is kept, in which queries are marked in another way. */
function comparable(line: string): string {
  return printableText(line.trim()).replace(/\?[^\s"]*/g, '?');
}
