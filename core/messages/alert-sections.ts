/** The parts that e-mails are made of, as lines. All texts are fit to show already. */
import type { Count, Diagnosis, EvidenceLine, Fix } from '../diagnosis.ts';
import { absentSentences } from './absent.ts';
import { formatCount } from './numbers.ts';
import { hanging } from './page.ts';
import { pickEvidence } from './pick-evidence.ts';
import { fitLine, tellingLine } from './telling-line.ts';
import { cutMiddle, padText, textWidth } from './text-width.ts';
import { formatTime, type TimeDetail } from './time-range.ts';
import { topRoutes } from './top-routes.ts';
import { confidenceInWords } from './words.ts';
import { asSentence, withStop, wrapPieces, wrapText } from './wrap.ts';

/** Mail is read in narrow windows and quoted in narrower ones. */
export const WIDTH = 76;
/** Log lines are worth more; those that prove it most of all: an error number stands in the middle of its line. */
export const LINE_WIDTH = 130;
const EVIDENCE_WIDTH = 200;
const LONGEST_HOST = 32;
const MOST_ROUTES = 5;

/** A heading and its lines below it, indented, with a blank line before; nothing without lines. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)];
}

/** Sentences as a paragraph; nothing without one. */
export function paragraph(...sentences: readonly string[]): string[] {
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  return text === '' ? [] : wrapText(text, WIDTH);
}

/** Routes, then hosts, with their failures; of a single one there is nothing to count. */
export function whereLines(diagnosis: Diagnosis): string[] {
  const listed = topRoutes(diagnosis, MOST_ROUTES);
  const names = listed.map(({ route }) => cutMiddle(route, WIDTH - 14, '…'));
  const width = Math.max(0, ...names.map(textWidth));
  const routes = listed.map(
    ({ failures }, row) => `${padText(names[row] ?? '', width)}   ${formatCount(failures)}`,
  );
  return [...(listed.length === 1 ? names : routes), ...hostLines(diagnosis.hosts)];
}

function hostLines(hosts: readonly Count<'host'>[]): string[] {
  if (hosts.length === 1) return hosts.map(({ host }) => host);
  const pieces = hosts.map(({ host, failures }) => `${host}\u00a0${formatCount(failures)}`);
  return wrapPieces(pieces, ', ', WIDTH);
}

export function whyHeading({ confidence, evidence }: Diagnosis): string {
  const roles = evidence.map(({ role }) => role);
  return `WHY WE THINK SO  (${confidence}: ${confidenceInWords(confidence, roles)})`;
}

/** What the logs say, then what they do not. */
export function whyLines(diagnosis: Diagnosis, detail: TimeDetail): string[] {
  const sentences = absentSentences(diagnosis.absent).map(asSentence);
  return [
    ...evidenceLines(pickEvidence(diagnosis.evidence), detail),
    ...sentences.flatMap((text) => wrapText(text, WIDTH)),
  ];
}

/** `14:02:41 web-1 access   GET /reports/77 answered 502 after 30.4 s`, by time. */
export function evidenceLines(picked: readonly EvidenceLine[], detail: TimeDetail): string[] {
  const evidence = [...picked].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  const hostWidth = hostWidthOf(evidence);
  return evidence.map((line) => {
    const left = leftOf(line, hostWidth, detail);
    return `${left} ${fitLine(tellingLine(line.role, line.line), EVIDENCE_WIDTH - textWidth(left), '…')}`;
  });
}

/** Of the column of hosts; of a longer name the middle is left out. */
export function hostWidthOf(lines: readonly { readonly host: string }[]): number {
  return Math.min(LONGEST_HOST, Math.max(0, ...lines.map(({ host }) => textWidth(host))));
}

/** When, where and in which log something was said. */
export function leftOf(
  { at, host, role }: Pick<EvidenceLine, 'at' | 'host' | 'role'>,
  hostWidth: number,
  detail: TimeDetail,
): string {
  const name = padText(cutMiddle(host, LONGEST_HOST, '…'), hostWidth);
  const columns = [formatTime(at, detail), name, role.padEnd(8)];
  return columns.filter((column) => column !== '').join(' ');
}

/** Numbered: what to do, why, and the commands. */
export function stepLines(fixes: readonly Fix[]): string[] {
  return fixes.flatMap(({ title, why, commands }, index) => {
    const mark = `${index + 1}. `;
    return hanging(mark, [
      ...wrapText(withStop(title), WIDTH - mark.length),
      ...(why === '' ? [] : wrapText(withStop(why), WIDTH - mark.length)),
      ...commands.map((command) => `   ${command}`),
    ]);
  });
}

/** The commands that show whether it worked, each once. */
export function checkLines(fixes: readonly Fix[]): string[] {
  return [...new Set(fixes.flatMap((fix) => fix.verify))];
}
