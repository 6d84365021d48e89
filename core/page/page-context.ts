import type { DiagnosisReport } from '../diagnosis.ts';
import type { EvidenceContext } from '../messages/cause-context.ts';
import { hasNginxLog } from '../messages/impact.ts';
import { shortPaths } from '../messages/short-paths.ts';
import { detailOf } from '../messages/time-range.ts';

/** What the sections of a page share. */
export type PageContext = EvidenceContext & {
  readonly failures: number;
  readonly hasManyHosts: boolean;
  readonly hasNginxLog: boolean;
};

export function pageContextOf(report: DiagnosisReport): PageContext {
  const { diagnoses, inputs, unparsed } = report;
  const evidence = [...diagnoses.flatMap((one) => one.evidence), ...unparsed.samples];
  const hosts = [...inputs, ...diagnoses.flatMap((one) => one.hosts)].map(({ host }) => host);
  return {
    names: shortPaths([...inputs, ...evidence].map(({ path }) => path)),
    detail: detailOf(timesOf(report)),
    failures: report.failures,
    hasManyHosts: new Set(hosts).size > 1,
    hasNginxLog: hasNginxLog(report),
  };
}

/** The span of all that is shown with a time. */
function timesOf({ window, diagnoses }: DiagnosisReport): { from: string; to: string } | null {
  const times = [
    ...(window === null ? [] : [window.from, window.to]),
    ...diagnoses.flatMap(({ firstSeen, lastSeen, evidence }) => [
      firstSeen,
      lastSeen,
      ...evidence.map(({ at }) => at),
    ]),
  ].sort();
  const [from, to] = [times[0], times.at(-1)];
  return from === undefined || to === undefined ? null : { from, to };
}
