import type { DiagnosisReport } from '../diagnosis.ts';
import { toAscii } from './glyphs.ts';
import { printableText } from './printable.ts';

/**
 * The same report with every text safe to show, whoever wrote it, and in ASCII on request. Renderers call it once
 * and then trust what they lay out.
 */
export function cleanReport(report: DiagnosisReport, options: { ascii: boolean }): DiagnosisReport {
  return clean(report, options.ascii) as DiagnosisReport;
}

/** The same of any document that is made of plain data. */
export function cleanDocument<T extends object>(document: T): T {
  return clean(document, false) as T;
}

function clean(value: unknown, isAscii: boolean): unknown {
  if (typeof value === 'string') return cleanText(value, isAscii);
  if (Array.isArray(value)) return value.map((item) => clean(item, isAscii));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [cleanText(name, isAscii), clean(field, isAscii)]),
  );
}

/** A line break is escaped too, also in a command: it could forge a line, or run one when pasted. */
function cleanText(text: string, isAscii: boolean): string {
  const safe = printableText(text);
  return isAscii ? toAscii(safe) : safe;
}
