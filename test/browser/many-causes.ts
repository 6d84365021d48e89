import type { Diagnosis, DiagnosisReport } from '../../core/diagnosis.ts';

const START = Date.parse('2026-11-20T09:00:00Z');
const HOSTS = 12;
const BUCKETS = 200;

/** A report as a bad day leaves it: every cause of the given reports, over hours, on many hosts, with long names. */
export function manyCauses(reports: readonly DiagnosisReport[]): DiagnosisReport {
  const [first] = reports;
  if (first === undefined) throw new Error('no report');
  const diagnoses = reports
    .flatMap((one) => one.diagnoses)
    .map(spread)
    .sort((a, b) => b.failures - a.failures);
  const failures = diagnoses.reduce((sum, one) => sum + one.failures, 0);
  return {
    ...first,
    inputs: reports.flatMap(({ inputs }) => inputs),
    window: { from: at(0), to: at(BUCKETS) },
    requests: { total: failures * 14, byStatus: { 200: failures * 13, 502: failures } },
    failures,
    diagnoses,
    notes: ['the error log of web-7 was silent from 10:02 to 10:44'],
  };
}

function spread(diagnosis: Diagnosis, index: number): Diagnosis {
  const timeline = Array.from({ length: BUCKETS }, (_, bucket) => ({
    at: at(bucket),
    failures: Math.round(
      Math.max(0, Math.sin((bucket + index * 17) / (9 + index))) * (60 / (index + 1)),
    ),
  })).filter(({ failures }) => failures > 0);
  const failures = timeline.reduce((sum, bucket) => sum + bucket.failures, 0);
  const host = (number: number) => `web-${number + 1}.eu-central-1.compute.internal.example`;
  const share = Math.floor(failures / HOSTS);
  return {
    ...diagnosis,
    failures,
    timeline,
    firstSeen: timeline[0]?.at ?? at(0),
    lastSeen: timeline.at(-1)?.at ?? at(0),
    byStatus: { 502: failures },
    hosts: Array.from({ length: HOSTS }, (_, number) => ({
      host: host(number),
      failures: number === 0 ? failures - share * (HOSTS - 1) : share,
    })),
    routes: [
      { route: 'GET /reports/:id', failures: share * 6 },
      { route: `POST /a/very/long/route/${'segment/'.repeat(12)}:id`, failures: share * 3 },
    ],
  };
}

function at(bucket: number): string {
  return new Date(START + bucket * 60_000).toISOString();
}
