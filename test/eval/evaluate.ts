/**
 * Agreement of `explain` with labelled lines: `npm run eval -- ../shared/data/real-lines.jsonl`. The file has one
 * JSON object a line, `{ id, role, line, accept: [[kind, id], …], label }`, and stays out of the project.
 */
import { readFileSync } from 'node:fs';
import { explainLine } from '../../core/explain-line.ts';
import { printable } from '../../core/messages/printable.ts';
import { LOG_ROLES, type LogRole } from '../../core/model.ts';

type LabelledLine = {
  readonly id: number;
  readonly role: LogRole;
  readonly line: string;
  readonly accept: readonly (readonly [kind: string, id: string | null])[];
};

type Result = { readonly labelled: LabelledLine; readonly said: string; readonly agrees: boolean };

const LEAST_AGREEMENT = 0.98;
const SHOWN = 160;

function readLabelled(path: string): LabelledLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LabelledLine);
}

function evaluate(labelled: LabelledLine): Result {
  const bytes = Buffer.from(labelled.line, 'utf8').toString('latin1');
  const { kind, id } = explainLine(bytes, labelled.role);
  const agrees = labelled.accept.some(([wantedKind, wantedId]) => {
    return wantedKind === kind && wantedId === id;
  });
  return { labelled, said: inWords(kind, id), agrees };
}

function inWords(kind: string, id: string | null): string {
  return id === null ? kind : `${kind} ${id}`;
}

function renderAgreement(name: string, results: readonly Result[]): string {
  const agreed = results.filter((result) => result.agrees).length;
  const share = ((100 * agreed) / results.length).toFixed(1);
  return `${name.padEnd(9)} ${agreed} of ${results.length}, ${share} %\n`;
}

function renderDisagreement({ labelled, said }: Result): string {
  const wanted = labelled.accept.map(([kind, id]) => inWords(kind, id)).join(' or ');
  const bytes = Buffer.from(labelled.line, 'utf8').toString('latin1');
  const shown = printable(bytes, { maxLength: SHOWN });
  return `#${labelled.id} ${labelled.role}: said ${said}, the label is ${wanted}\n    ${shown}\n`;
}

function main(path: string | undefined): number {
  if (path === undefined) {
    process.stderr.write('eval: name the file of labelled lines: npm run eval -- FILE.jsonl\n');
    return 2;
  }
  const results = readLabelled(path).map(evaluate);
  for (const result of results.filter(({ agrees }) => !agrees)) {
    process.stdout.write(renderDisagreement(result));
  }
  for (const role of LOG_ROLES) {
    const ofRole = results.filter(({ labelled }) => labelled.role === role);
    if (ofRole.length > 0) process.stdout.write(renderAgreement(role, ofRole));
  }
  process.stdout.write(renderAgreement('all', results));
  const agreed = results.filter(({ agrees }) => agrees).length;
  return agreed >= LEAST_AGREEMENT * results.length ? 0 : 1;
}

process.exitCode = main(process.argv[2]);
