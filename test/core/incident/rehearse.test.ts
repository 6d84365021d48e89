import { describe, expect, test } from 'vitest';
import { NO_SETTINGS } from '../../../core/diagnose/fix-facts.ts';
import { DEFAULT_POLICY, type Policy } from '../../../core/incident/policy.ts';
import { type Rehearsal, rehearse } from '../../../core/incident/rehearse.ts';
import { at, type Failure, lineOf, minutesOf, Service } from './service.ts';

function rehearsed(
  failures: readonly Failure[],
  policy: Partial<Policy> = {},
  requests: ReadonlyMap<number, number> | null = null,
): Rehearsal {
  return rehearse({
    policy: { ...DEFAULT_POLICY, ...policy },
    service: 'shop',
    minutes: minutesOf(failures),
    mutes: [],
    requests,
    knownHosts: null,
    settings: NO_SETTINGS,
    roles: { given: new Set(), filled: new Set() },
    untilMs: at('24:00'),
  });
}

const DAY = new Service()
  .failEvery('worker-timeout', '09:00', '09:20', 10)
  .fail('deploy-restart', '11:00:01', { count: 12 })
  .fail('deploy-restart', '11:00:05', { count: 4 })
  .failEvery('backend-not-listening', '13:00', '18:30', 30, { isConfirmed: true })
  .fail('client-closed', '20:00', { count: 500 }).failures;

describe('a rehearsal', () => {
  test('prints what a policy would have sent', () => {
    expect(rehearsed(DAY).transitions.map(lineOf)).toMatchInlineSnapshot(`
      [
        "09:01:00 opened worker-timeout: 6 on web-1 since 09:00:00",
        "09:10:00 escalated worker-timeout: 60 on web-1 since 09:00:00 [6 failed requests when we last told you, 60 now]",
        "09:30:00 resolved worker-timeout: 121 on web-1, 1200 s",
        "11:03:00 resolved deploy-restart: 16 on web-1, 4 s",
        "13:03:00 opened backend-not-listening: 6 on web-1 since 13:00:00",
        "13:30:00 escalated backend-not-listening: 60 on web-1 since 13:00:00 [6 failed requests when we last told you, 60 now]",
        "17:30:00 escalated backend-not-listening: 540 on web-1 since 13:00:00 [60 failed requests when we last told you, 540 now; still going on after 4 h 30 min]",
        "18:40:00 resolved backend-not-listening: 661 on web-1, 19800 s",
      ]
    `);
  });

  test('of a policy that is less easily alarmed', () => {
    const { transitions, incidents } = rehearsed(DAY, { minFailures: 20, renotifyMs: 86_400_000 });
    expect(transitions.map(lineOf)).toMatchInlineSnapshot(`
      [
        "09:04:00 opened worker-timeout: 24 on web-1 since 09:00:00",
        "09:30:00 resolved worker-timeout: 121 on web-1, 1200 s",
      ]
    `);
    expect(incidents.map(({ cause }) => cause)).toEqual(['worker-timeout']);
  });

  test('is what evaluations each minute would have sent', () => {
    const service = new Service();
    service.failures = DAY;
    const lines: string[] = [];
    for (let nowMs = at('08:00'); nowMs <= at('24:00'); nowMs += 60_000) {
      lines.push(
        ...service.evaluateWith(
          nowMs,
          DAY.filter(({ atMs }) => atMs < nowMs),
        ),
      );
    }
    expect(rehearsed(DAY).transitions.map(lineOf)).toEqual(lines);
  });

  test('of a week of failures is quick', () => {
    const failures: Failure[] = [];
    for (let minute = 0; minute < 7 * 1_440; minute++) {
      failures.push({ cause: 'worker-timeout', atMs: at('00:00') + minute * 60_000, count: 3 });
    }
    const minutes = minutesOf(failures);
    const { transitions } = rehearse({
      policy: DEFAULT_POLICY,
      service: 'shop',
      minutes,
      mutes: [],
      requests: null,
      knownHosts: null,
      settings: NO_SETTINGS,
      roles: { given: new Set(), filled: new Set() },
      untilMs: at('00:00') + 8 * 86_400_000,
    });
    expect(transitions.length).toBeGreaterThan(40);
  });

  test.each<[string, Partial<Policy>, ReadonlyMap<number, number> | null]>([
    ['what can not be tried', {}, null],
    ['a number that was never reached', { minFailures: 5_000 }, new Map([[29_000_000, 900]])],
    ['traffic that was never reached', { minRequests: 1_000 }, new Map([[29_000_000, 900]])],
    ['a share of more than all', { minRate: 1.5 }, null],
    [
      'times that do not fit',
      {
        windowMs: 30_000,
        resolveAfterMs: 20_000,
        renotifyMs: 10_000,
        patienceMs: 7_200_000,
      },
      new Map([[29_000_000, 900]]),
    ],
    [
      'a window that is longer than failures are young',
      { windowMs: 7_200_000 },
      new Map([[29_000_000, 900]]),
    ],
  ])('says which rules can never fire: %s', (name, policy, requests) => {
    expect({ name, says: rehearsed(DAY, policy, requests).warnings }).toMatchSnapshot();
  });
});
