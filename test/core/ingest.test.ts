/** The recorded lab's lines as CloudWatch batches: the same observations as from files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../adapters/aws/awslogs-batch.ts';
import type { FoldedBatch } from '../../core/ingest.ts';
import { foldBatch } from '../../core/ingest.ts';
import type { LogRole, Signal } from '../../core/model.ts';
import { readBackendLog } from '../../core/records/read-backend.ts';

const lab = join(import.meta.dirname, '..', 'fixtures', 'lab');

/** The lines of a recorded log, one event each, taken in at the time of the scenario. */
function batchOf(scenario: string, file: string, role: LogRole): FoldedBatch {
  const { window } = JSON.parse(readFileSync(join(lab, scenario, 'truth.json'), 'utf8'));
  const lines = readFileSync(join(lab, scenario, file), 'utf8')
    .split('\n')
    .slice(0, -1);
  const logEvents = lines.map((message, index) => ({
    id: String(index).padStart(56, '3'),
    timestamp: Date.parse(window.from),
    message,
  }));
  const document = { logGroup: '/shop', logStream: 'web-1', logEvents };
  const batch = decodeAwslogs(gzipSync(JSON.stringify(document)).toString('base64'));
  return foldBatch(batch.events, {
    role,
    host: 'web-1',
    path: '/shop',
    unescape: unescapeMessage,
  });
}

function kept(batch: FoldedBatch, role: LogRole) {
  const all = [...batch.minutes.values()];
  const signals: Signal[] = [];
  const lines = all.flatMap((minute) => minute.lines);
  readBackendLog('web-1', { role, path: '/shop', lines }, (observed) => {
    if (observed.kind === 'signal') signals.push(observed);
  });
  return {
    requests: all.flatMap((minute) => minute.requests.map(({ observation }) => observation)),
    errors: all.flatMap((minute) => minute.errors.map(({ observation }) => observation)),
    signals,
  };
}

describe('foldBatch', () => {
  it('counts every status of an access log and keeps the failed requests', () => {
    const batch = batchOf('worker-timeout-sync-21.2.0', 'access.log', 'access');
    expect([batch.statuses[200], batch.statuses[502], batch.unparsed]).toEqual([70, 5, 0]);
    expect(kept(batch, 'access').requests.map((request) => request.status)).toEqual([
      502, 502, 502, 502, 502,
    ]);
  });

  it('keeps the mechanisms of an error log, in UTC', () => {
    const { errors } = kept(batchOf('worker-timeout-sync-21.2.0', 'error.log', 'error'), 'error');
    expect(errors.map((error) => error.mechanism)).toEqual(new Array(5).fill('premature-close'));
    expect(errors.every((error) => Math.abs(error.at - Date.parse('2026-11-21')) < 864e5)).toBe(
      true,
    );
  });

  it('keeps the signals of a Gunicorn log whose tracebacks come a line an event', () => {
    const { signals } = kept(
      batchOf('worker-timeout-sync-23.0.0', 'gunicorn.log', 'gunicorn'),
      'gunicorn',
    );
    const counts = Object.fromEntries(
      ['worker-timeout', 'request-error', 'starting'].map((id) => [
        id,
        signals.filter((signal) => signal.id === id && !signal.facts.workerClass).length,
      ]),
    );
    expect(counts).toEqual({ 'worker-timeout': 5, 'request-error': 5, starting: 1 });
  });

  it('reads the kernel’s kills in a system log', () => {
    const { signals } = kept(batchOf('worker-oom-syslog', 'system.log', 'system'), 'system');
    expect(signals.filter((signal) => signal.id === 'oom-kill').length).toBeGreaterThanOrEqual(3);
  });

  it('counts a line that is none of its log', () => {
    const batch = batchOf('worker-timeout-sync-23.0.0', 'gunicorn.log', 'error');
    expect(batch.unparsed).toBe(batch.events);
  });
});
