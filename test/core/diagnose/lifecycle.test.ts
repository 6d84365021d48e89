import { describe, expect, it } from 'vitest';
import { backendStates, stateAt, UNKNOWN_BACKEND } from '../../../core/diagnose/lifecycle.ts';
import type { Signal, SignalId } from '../../../core/model.ts';

function signal(at: number, id: SignalId, facts: Signal['facts'] = {}): Signal {
  return {
    kind: 'signal',
    id,
    at,
    host: 'web-1',
    role: id.startsWith('unit') || id === 'oom-kill' ? 'system' : 'gunicorn',
    pid: null,
    emitter: 100,
    unit: null,
    facts,
    origin: { path: 'log', lineNumber: at },
    line: '',
  };
}

const KILLED = { reason: '9/KILL' };
const UP = [signal(1, 'starting', { version: '23.0.0' }), signal(2, 'listening')];

describe('the life of Gunicorn', () => {
  it.each<{ name: string; signals: Signal[]; phase: string; reason?: SignalId | undefined }>([
    { name: 'is unknown before its log begins', signals: [], phase: 'unknown' },
    { name: 'begins with a start', signals: UP.slice(0, 1), phase: 'starting' },
    { name: 'runs once it listens', signals: UP, phase: 'running' },
    {
      name: 'runs when its log begins with a worker',
      signals: [signal(1, 'worker-booting')],
      phase: 'running',
    },
    { name: 'ends with a stop', signals: [...UP, signal(3, 'stopping')], phase: 'stopping' },
    {
      name: 'failed, whatever the arbiter says as it halts',
      signals: [...UP, signal(3, 'boot-failure'), signal(4, 'stopping'), signal(5, 'unit-stopped')],
      phase: 'failed',
      reason: 'boot-failure',
    },
    {
      name: 'was stopped, though it had to be killed',
      signals: [...UP, signal(3, 'unit-stopped'), signal(4, 'unit-failed', KILLED)],
      phase: 'stopping',
      reason: 'unit-stopped',
    },
    {
      name: 'was killed for memory, when the kernel said so before',
      signals: [
        ...UP,
        signal(3, 'oom-kill', { process: 'gunicorn' }),
        signal(4, 'unit-failed', KILLED),
      ],
      phase: 'failed',
      reason: 'oom-kill',
    },
    {
      name: 'was killed for memory, when the kernel says so after',
      signals: [
        ...UP,
        signal(3, 'unit-failed', KILLED),
        signal(4, 'oom-kill', { process: 'gunicorn' }),
      ],
      phase: 'failed',
      reason: 'oom-kill',
    },
    {
      name: 'was killed by somebody, when the kernel killed another',
      signals: [
        ...UP,
        signal(3, 'oom-kill', { process: 'mysqld' }),
        signal(4, 'unit-failed', KILLED),
      ],
      phase: 'failed',
      reason: 'unit-failed',
    },
    {
      name: 'goes on after one of many workers was killed for memory',
      signals: [...UP, signal(3, 'oom-kill', { process: 'gunicorn' })],
      phase: 'running',
      reason: 'listening',
    },
    {
      name: 'is given up for what its starts came to',
      signals: [
        signal(1, 'bind-failure'),
        signal(2, 'unit-started'),
        signal(3, 'unit-start-limit'),
      ],
      phase: 'failed',
      reason: 'bind-failure',
    },
    {
      name: 'goes on when a worker is seen at work long after a failure',
      signals: [signal(1, 'boot-failure'), signal(100_000, 'worker-recycling')],
      phase: 'running',
      reason: 'worker-recycling',
    },
    {
      name: 'does not go on when a dying worker says something',
      signals: [signal(1, 'boot-failure'), signal(1_000, 'request-error')],
      phase: 'failed',
      reason: 'boot-failure',
    },
  ])('$name', ({ signals, phase, reason }) => {
    const state = backendStates(UNKNOWN_BACKEND, signals).at(-1);
    expect(state?.phase).toBe(phase);
    if (reason) expect(state?.reason?.id).toBe(reason);
  });

  it('is told for each moment by what was known then', () => {
    const states = backendStates(UNKNOWN_BACKEND, [
      ...UP,
      signal(9, 'starting', { workerClass: 'sync' }),
    ]);
    expect([0, 1, 2, 8, 9].map((at) => stateAt(states, at).phase)).toEqual([
      'unknown',
      'starting',
      'running',
      'running',
      'running',
    ]);
    expect(stateAt(states, 8).workerClass).toBeNull();
    expect(stateAt(states, 9).workerClass).toBe('sync');
  });

  it('is not changed by what comes late', () => {
    const before = backendStates(UNKNOWN_BACKEND, UP).at(-1) ?? UNKNOWN_BACKEND;
    expect(backendStates(before, [signal(0, 'stopping')])).toEqual([before]);
  });
});
