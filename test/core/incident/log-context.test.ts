import { describe, expect, it } from 'vitest';
import type { Diagnosis, EvidenceLine } from '../../../core/diagnosis.ts';
import { chooseSearches, MAX_SEARCHES } from '../../../core/incident/choose-searches.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import {
  isContextWanted,
  type LogContextTask,
  lookUpContext,
} from '../../../core/incident/log-context.ts';
import type { FoundEvent, LogQuery } from '../../../core/incident/log-search.ts';
import { MAX_CONTEXT_LINES } from '../../../core/incident/pick-context.ts';
import { REDACT_ALL } from '../../../core/redact.ts';
import { compilePattern } from '../../filter-patterns/evaluate-pattern.ts';
import { at } from './service.ts';

const TIMEOUT = '[2026-11-20 14:02:10 +0000] [7] [CRITICAL] WORKER TIMEOUT (pid:31)';
const HEADER =
  '[2026-11-20 14:02:10 +0000] [31] [ERROR] Error handling request /reports/77?key=abc';
const TRACEBACK = [
  'Traceback (most recent call last):',
  '  File "/srv/shop/views.py", line 61, in build_pdf',
  '    return render(order)',
  "psycopg.OperationalError: connection to ann@example.com failed: password='hunter2'",
];

function evidence(role: EvidenceLine['role'], time: string, line: string): EvidenceLine {
  const iso = new Date(at(time)).toISOString();
  return { role, at: iso, host: 'web-1', path: `/shop/${role}/web-1`, lineNumber: null, line };
}

function transition(lines: readonly EvidenceLine[] = []): Transition {
  return {
    id: 'shop/worker-timeout/20261120T140100Z/1',
    kind: 'opened',
    at: at('14:02:30'),
    reason: '',
    incident: {
      id: 'shop/worker-timeout/20261120T140100Z',
      service: 'shop',
      cause: 'worker-timeout',
      formerCause: null,
      status: 'open',
      openedAt: at('14:01'),
      lastFailureAt: at('14:02:20'),
      resolvedAt: null,
      failures: 9,
      hosts: ['web-1'],
      knownHosts: 2,
      requests: null,
    },
    diagnosis: { evidence: lines } as unknown as Diagnosis,
  };
}

function task(change: Partial<LogContextTask> = {}): LogContextTask {
  return {
    transition: transition([evidence('gunicorn', '14:02:10', TIMEOUT)]),
    groups: {
      error: ['/shop/error'],
      gunicorn: ['/shop/gunicorn'],
      app: ['/shop/redis'],
      system: ['/shop/journal'],
    },
    streams: [
      { role: 'gunicorn', host: 'web-1', path: '/shop/gunicorn/web-1' },
      { role: 'gunicorn', host: 'web-2', path: '/shop/gunicorn/web-2' },
    ],
    streamTemplates: [],
    redaction: REDACT_ALL,
    nowMs: at('14:02:30'),
    ...change,
  };
}

/** Logs by group, searched without their patterns. */
function logs(events: Readonly<Record<string, readonly (readonly [string, string])[]>>) {
  const asked: LogQuery[] = [];
  const search = async (query: LogQuery): Promise<readonly FoundEvent[]> => {
    asked.push(query);
    return (events[query.group] ?? [])
      .map(([time, message]) => ({ at: at(time), stream: 'web-1', message }))
      .filter((event) => event.at >= query.fromMs && event.at <= query.toMs);
  };
  return { asked, search };
}

const shown = (lines: readonly { at: number; role: string; line: string }[]) =>
  lines.map(
    ({ at: ms, role, line }) => `${new Date(ms).toISOString().slice(14, 19)} ${role} ${line}`,
  );

describe('what is searched for an alert', () => {
  it('is Gunicorn on the hosts that fail, and trouble in the other logs, for as long as it lasts', () => {
    const searches = chooseSearches(task()).map(({ pattern, fromMs, toMs, ...rest }) => ({
      ...rest,
      from: new Date(fromMs).toISOString().slice(11, 19),
      to: new Date(toMs).toISOString().slice(11, 19),
      isFiltered: pattern !== '',
    }));
    expect(searches).toMatchInlineSnapshot(`
      [
        {
          "from": "14:01:50",
          "group": "/shop/gunicorn",
          "isFiltered": true,
          "limit": 200,
          "role": "gunicorn",
          "streams": [
            "web-1",
          ],
          "to": "14:02:20",
        },
        {
          "from": "14:00:00",
          "group": "/shop/redis",
          "isFiltered": true,
          "limit": 100,
          "role": "app",
          "streams": [],
          "to": "14:02:30",
        },
        {
          "from": "14:00:00",
          "group": "/shop/journal",
          "isFiltered": true,
          "limit": 100,
          "role": "system",
          "streams": [],
          "to": "14:02:30",
        },
        {
          "from": "14:01:50",
          "group": "/shop/gunicorn",
          "isFiltered": false,
          "limit": 200,
          "role": "gunicorn",
          "streams": [
            "web-1",
          ],
          "to": "14:02:20",
        },
      ]
    `);
  });

  it('has patterns that CloudWatch takes, and that pass what they are for', () => {
    const [gunicorn, app] = chooseSearches(task());
    for (const reading of ['strict', 'lenient'] as const) {
      const isGunicorn = compilePattern(gunicorn?.pattern ?? '-', reading);
      for (const line of [TIMEOUT, HEADER, ...TRACEBACK]) expect(isGunicorn(line)).toBe(true);
      const isTrouble = compilePattern(app?.pattern ?? '-', reading);
      for (const line of [
        '1:M 20 Nov 2026 14:02:03.120 # Out of memory allocating 41 bytes',
        'FATAL:  sorry, too many clients already',
        'psycopg.OperationalError: connection refused',
        'redis: connection timed out',
        '{"level":"warning","msg":"pool exhausted"}',
      ]) {
        expect([line, isTrouble(line)]).toEqual([line, true]);
      }
      expect(isTrouble('1:M 20 Nov 2026 14:02:03.120 * DB saved on disk')).toBe(false);
    }
  });

  it('is never more than four groups, one of each log first', () => {
    const many = (name: string) => Array.from({ length: 9 }, (_, index) => `/${name}/${index}`);
    const groups = { gunicorn: many('gunicorn'), app: many('app'), system: many('system') };
    const searches = chooseSearches(task({ groups }));
    expect(searches).toHaveLength(MAX_SEARCHES);
    expect(searches.map(({ group }) => group)).toEqual([
      '/gunicorn/0',
      '/app/0',
      '/system/0',
      '/gunicorn/1',
    ]);
  });

  it('is, of groups known by the beginning of their names, those that the hosts write to', () => {
    const taskId = '0123456789abcdef0123456789abcdef';
    const searches = chooseSearches(
      task({
        groups: { gunicorn: ['/shop/gunicorn/*'] },
        streams: [
          { role: 'gunicorn', host: 'web-2', path: '/shop/gunicorn/a/web-2' },
          { role: 'gunicorn', host: 'web-1', path: '/shop/gunicorn/b/web-1' },
          { role: 'gunicorn', host: taskId, path: `/shop/gunicorn/c/web/gunicorn/${taskId}` },
        ],
      }),
    );
    expect(searches.map(({ group, streams }) => [group, streams])).toEqual([
      ['/shop/gunicorn/b', ['web-1']],
      ['/shop/gunicorn/a', []],
      ['/shop/gunicorn/c', []],
      ['/shop/gunicorn/b', ['web-1']],
    ]);
  });

  it('is nothing without a log to search', () => {
    expect(chooseSearches(task({ groups: { error: ['/shop/error'] } }))).toEqual([]);
  });

  it('is asked when there is something new, not for an end', () => {
    const kinds = ['opened', 'reopened', 'escalated', 'refined', 'resolved', 'test'] as const;
    expect(kinds.filter(isContextWanted)).toEqual(['opened', 'reopened', 'escalated']);
  });
});

describe('the context of an alert', () => {
  it('is the traceback and what the other logs said, by time, without secrets and without the evidence', async () => {
    const { search } = logs({
      '/shop/gunicorn': [
        ['14:02:09', '[2026-11-20 14:02:09 +0000] [7] [INFO] Handling signal: winch'],
        ['14:02:10', TIMEOUT],
        ['14:02:11', [HEADER, ...TRACEBACK].join('\n')],
        ['14:02:12', '10.1.2.3 - - [20/Nov/2026:14:02:12 +0000] "GET / HTTP/1.1" 200 12'],
      ],
      '/shop/redis': [['14:02:10', '1:M 20 Nov 2026 14:02:10.001 # Out of memory allocating']],
    });
    const { lines, errors } = await lookUpContext(search, task());
    expect(errors).toEqual([]);
    expect(shown(lines)).toMatchInlineSnapshot(`
      [
        "02:09 gunicorn [2026-11-20 14:02:09 +0000] [7] [INFO] Handling signal: winch",
        "02:10 app 1:M 20 Nov 2026 14:02:10.001 # Out of memory allocating",
        "02:11 gunicorn [2026-11-20 14:02:10 +0000] [31] [ERROR] Error handling request /reports/77?***",
        "02:11 gunicorn Traceback (most recent call last):",
        "02:11 gunicorn   File "/srv/shop/views.py", line 61, in build_pdf",
        "02:11 gunicorn     return render(order)",
        "02:11 gunicorn psycopg.OperationalError: connection to *** failed: password='***'",
      ]
    `);
    expect(lines[0]).toMatchObject({ host: 'web-1', at: at('14:02:09') });
  });

  it('has a traceback whole, whose lines came as events of their own', async () => {
    const chained = [
      HEADER,
      ...TRACEBACK,
      '',
      'During handling of the above exception, another exception occurred:',
      '',
      ...TRACEBACK,
    ];
    const { search } = logs({
      '/shop/gunicorn': [
        ...chained.map((line) => ['14:02:11', line] as const),
        ['14:02:11', '[2026-11-20 14:02:11 +0000] [7] [INFO] Booting worker with pid: 40'],
      ],
    });
    const { lines } = await lookUpContext(search, task());
    expect(lines).toHaveLength(chained.length + 1);
    expect(lines[1]?.line).toBe('Traceback (most recent call last):');
    expect(lines.at(-1)?.line).toContain('Booting worker');
  });

  it('says once what was said often, and leaves room for every log', async () => {
    const often = (text: string) =>
      Array.from(
        { length: 90 },
        (_, index) => ['14:02:15', `${text} ${'ab'.repeat(index)}`] as const,
      );
    const { search } = logs({
      '/shop/gunicorn': Array.from({ length: 50 }, () => ['14:02:10', TIMEOUT] as const),
      '/shop/redis': often('# Error: no memory'),
      '/shop/journal': often('kernel: Out of memory: Killed process'),
    });
    const { lines } = await lookUpContext(search, task({ transition: transition() }));
    expect(lines).toHaveLength(MAX_CONTEXT_LINES);
    const count = (role: string) => lines.filter((line) => line.role === role).length;
    expect(count('gunicorn')).toBe(1);
    expect(count('system')).toBeGreaterThanOrEqual(10);
    expect(count('app')).toBeGreaterThanOrEqual(16);
  });

  it('leaves out the middle of a traceback that would fill the message', async () => {
    const frames = Array.from(
      { length: 300 },
      (_, index) => `  File "/srv/a.py", line ${index}, in f`,
    );
    const { search } = logs({
      '/shop/gunicorn': [
        ['14:02:11', ['Traceback (most recent call last):', ...frames, 'E: x'].join('\n')],
      ],
    });
    const { lines } = await lookUpContext(search, task());
    expect(lines).toHaveLength(24);
    expect(lines.map(({ line }) => line)).toContain('  …');
    expect(lines.at(-1)?.line).toBe('E: x');
  });

  it('is what could be found when a search fails, and never a failure itself', async () => {
    const denied = new Error('AccessDenied');
    const { search } = logs({ '/shop/redis': [['14:02:10', 'Error: no memory']] });
    const { lines, errors } = await lookUpContext(
      (query) => (query.group === '/shop/redis' ? search(query) : Promise.reject(denied)),
      task(),
    );
    expect(errors).toEqual([denied, denied, denied]);
    expect(lines).toHaveLength(1);
    const thrown = await lookUpContext(() => {
      throw denied;
    }, task());
    expect(thrown).toEqual({ lines: [], errors: [denied, denied, denied, denied] });
  });

  it('reads a bounded part of lines without an end, in linear time', async () => {
    const huge = `Error ${'"GET ? x" '.repeat(200_000)}`;
    const events = Array.from({ length: 200 }, () => ['14:02:10', huge] as const);
    const { search } = logs({ '/shop/gunicorn': events, '/shop/redis': events });
    const { lines } = await lookUpContext(search, task());
    const size = lines.reduce((sum, { line }) => sum + line.length, 0);
    expect(size).toBeLessThanOrEqual(MAX_CONTEXT_LINES * 1_000);
  });
});
