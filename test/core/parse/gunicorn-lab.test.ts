import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classifyGunicornEntry } from '../../../core/observe/signal-gunicorn.ts';
import { entriesOf } from './gunicorn-writes.ts';

const LAB = join(import.meta.dirname, '../../fixtures/lab');
const LOGS = readdirSync(LAB)
  .filter((name) => existsSync(join(LAB, name, 'gunicorn.log')))
  .map((name) => ({
    name,
    lines: readFileSync(join(LAB, name, 'gunicorn.log'), 'latin1').split('\n'),
  }));

/** The scenarios' forgeries come from pid 1, and no process of the lab has that. */
const isForged = (line: string) => line.includes('] [1] [');

/** Genuine lines held to be forged, and forged ones that gave a signal. */
function misjudged(lines: readonly string[]): string[] {
  return entriesOf(lines)
    .filter((entry) => (isForged(entry.line) ? classifyGunicornEntry(entry) : entry.isSuspect))
    .map((entry) => entry.line);
}

describe('recorded Gunicorn logs', () => {
  it('are there', () => {
    expect(LOGS.length).toBeGreaterThan(50);
    expect(LOGS.some(({ lines }) => lines.some(isForged))).toBe(true);
  });

  it.each(LOGS)('$name: only what is forged is suspect, wherever the log begins', ({ lines }) => {
    const step = Math.max(1, Math.floor(lines.length / 40));
    for (let from = 0; from < lines.length; from += step) {
      const rest = lines.slice(from);
      if (rest.filter((line) => /^\[2\d{3}-/.test(line) && !isForged(line)).length < 2) break;
      expect(misjudged(rest)).toEqual([]);
    }
  });

  it.each([
    ['boot-import-error', 'boot-failure'],
    ['boot-import-error-preload', 'boot-failure'],
    ['boot-missing-attribute', 'boot-failure'],
    ['boot-config-error', 'config-error'],
    ['bind-failure-tcp', 'bind-failure'],
    ['bind-failure-unix', 'bind-failure'],
    ['gunicorn-fd-exhausted-23.0.0', 'fd-exhausted'],
    ['worker-timeout-sync-20.1.0', 'worker-timeout'],
    ['worker-timeout-sync-23.0.0', 'request-error'],
    ['worker-timeout-uvicorn', 'worker-signaled'],
    ['worker-killed-20.1.0', 'worker-killed'],
    ['worker-segfault', 'worker-signaled'],
    ['worker-exit-7', 'worker-exited'],
    ['healthy-max-requests', 'worker-recycling'],
    ['healthy-reload', 'reloading'],
    ['deploy-tcp', 'stopping'],
  ])('%s gives %s', (name, id) => {
    const log = LOGS.find((candidate) => candidate.name === name);
    const ids = entriesOf(log?.lines ?? []).map((entry) => classifyGunicornEntry(entry)?.id);
    expect(ids).toContain(id);
  });
});
