import { describe, expect, it } from 'vitest';
import { restartLabel, restartsOf } from '../../../core/page/restarts.ts';
import { diagnosis, evidence, report } from '../messages/sample-reports.ts';

const STOP = '[2026-11-20 14:02:40 +0000] [3430] [INFO] Handling signal: term';
const START = '[2026-11-20 14:02:42 +0000] [3460] [INFO] Starting gunicorn 23.0.0';
const TIMEOUT = '[2026-11-20 14:02:40 +0000] [3430] [CRITICAL] WORKER TIMEOUT (pid:3438)';

function of(...lines: readonly string[]) {
  const shown = lines.map((line) =>
    evidence('gunicorn', line.slice(12, 20), 'web-1/gunicorn.log:9', line),
  );
  return restartsOf(report({ diagnoses: [diagnosis({ evidence: shown })] }));
}

describe('restartsOf', () => {
  it('finds starts and stops in the evidence, each once', () => {
    expect(of(STOP, STOP, TIMEOUT, START).map(({ words }) => words)).toEqual([
      'Gunicorn: stop',
      'Gunicorn: start',
    ]);
  });

  it('believes the log of Gunicorn alone, not what a client wrote into another', () => {
    const line = evidence('access', '14:02:40', 'web-1/access.log:9', STOP);
    expect(restartsOf(report({ diagnoses: [diagnosis({ evidence: [line] })] }))).toEqual([]);
  });

  it('names a mark after what it marks', () => {
    const both = of(STOP, START);
    expect(restartLabel(both.slice(0, 1))).toBe('stop');
    expect(restartLabel(both)).toBe('restart');
    expect(restartLabel([...both, ...both.map((one) => ({ ...one, host: 'web-9' }))])).toBe(
      'restart ×2',
    );
  });
});
