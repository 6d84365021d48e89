import { describe, expect, test } from 'vitest';
import type { CauseId } from '../../../core/catalogue/cause-ids.ts';
import { decide } from '../../../core/incident/decide.ts';
import { at, Service } from './service.ts';

describe('an incident is opened', () => {
  test('when one cause passes minFailures within the window', () => {
    const service = new Service().failEvery('worker-timeout', '14:00:00', '14:04:00', 60);
    expect(service.evaluate('14:04:10')).toMatchInlineSnapshot(`
      [
        "14:04:10 opened worker-timeout: 5 on web-1 since 14:00:00",
      ]
    `);
  });

  test('not by failures that are spread over more than the window, nor by those of two causes', () => {
    const service = new Service().failEvery('worker-timeout', '14:00', '15:00', 75);
    service.failEvery('worker-oom', '14:00', '15:00', 75);
    expect(service.run('14:00', '15:30')).toEqual([]);
  });

  test('with fewer failures when they are minRate of at least minRequests', () => {
    const service = new Service().failEvery('worker-timeout', '14:00', '14:02', 60);
    const requests = (perMinute: number) =>
      new Map(Array.from({ length: 30 }, (_, n) => [at('13:50') / 60_000 + n, perMinute] as const));
    const opened = (perMinute: number) => {
      service.requests = requests(perMinute);
      return decide(service.input(at('14:04:10'))).incidents.length;
    };
    // 3 failures in 5 minutes of: 1,500, 150 and 95 requests.
    expect([300, 30, 19].map(opened)).toEqual([0, 1, 0]);
  });

  test('not by a share when a minute of the requests is not known, nor by one failure alone', () => {
    const service = new Service().fail('worker-timeout', '14:02');
    service.requests = new Map(
      Array.from({ length: 30 }, (_, n) => [at('13:50') / 60_000 + n, 20] as const),
    );
    expect(service.evaluate('14:04:10')).toEqual([]);
    service.fail('worker-timeout', '14:03');
    for (let minute = 0; minute < 10; minute++)
      service.requests.delete(at('14:00') / 60_000 + minute);
    expect(service.evaluate('14:04:10')).toEqual([]);
  });

  test('once for a cause, whatever the hosts', () => {
    const service = new Service();
    for (const host of ['web-1', 'web-2', 'web-3']) {
      service.fail('worker-timeout', '14:00:05', { host, count: 40 });
    }
    service.fail('worker-oom', '14:00:06', { count: 7 });
    expect(service.evaluate('14:00:10')).toMatchInlineSnapshot(`
      [
        "14:00:10 opened worker-timeout: 120 on web-1 web-2 web-3 since 14:00:05",
        "14:00:10 opened worker-oom: 7 on web-1 since 14:00:06",
      ]
    `);
    expect(service.evaluate('14:00:20')).toEqual([]);
  });

  test.each<CauseId>(['client-closed', 'request-too-large'])('never by %s', (cause) => {
    const service = new Service().fail(cause, '14:00', { count: 100_000 });
    expect(service.run('14:00', '14:30')).toEqual([]);
    expect(service.incidents.size).toBe(0);
  });

  test('never by failures older than maxAge', () => {
    const service = new Service().fail('worker-timeout', '10:00', { count: 500 });
    expect(service.run('11:00:10', '12:00')).toEqual([]);
    expect(service.incidents.size).toBe(0);
  });

  test('and told as over when it was over before its logs came', () => {
    const service = new Service().fail('worker-timeout', '13:20', { count: 50 });
    expect(service.evaluate('14:00:00')).toMatchInlineSnapshot(`
      [
        "14:00:00 opened worker-timeout: 50 on web-1 since 13:20:00",
        "14:00:00 resolved worker-timeout: 50 on web-1, 0 s",
      ]
    `);
    expect(service.evaluate('14:00:10')).toEqual([]);
  });
});

describe('a weak verdict', () => {
  test('waits for patienceMs', () => {
    const service = new Service().fail('worker-died-unknown', '14:00', { count: 20 });
    expect(service.evaluate('14:00:05')).toEqual([]);
    expect(service.evaluate('14:00:34')).toEqual([]);
    expect(service.evaluate('14:00:35')).toMatchInlineSnapshot(`
      [
        "14:00:35 opened worker-died-unknown: 20 on web-1 since 14:00:00",
      ]
    `);
  });

  test('does not wait when the other side has confirmed it', () => {
    const service = new Service().fail('backend-not-listening', '14:00', {
      count: 20,
      isConfirmed: true,
    });
    expect(service.evaluate('14:00:05')).toHaveLength(1);
  });

  test('becomes what the other log says, without a word about what it was', () => {
    const service = new Service().fail('worker-died-unknown', '14:00', { count: 20 });
    service.evaluate('14:00:05');
    service.refine('worker-died-unknown', 'worker-timeout');
    expect(service.evaluate('14:00:15')).toMatchInlineSnapshot(`
      [
        "14:00:15 opened worker-timeout: 20 on web-1 since 14:00:00",
      ]
    `);
    expect([...service.incidents.values()].map(({ formerCauses }) => formerCauses)).toEqual([
      ['worker-died-unknown'],
    ]);
  });

  test('is forgotten when nothing is left of it', () => {
    const service = new Service().fail('unknown', '14:00', { count: 20 });
    service.evaluate('14:00:05');
    service.refine('unknown', 'client-closed');
    expect(service.run('14:00:15', '15:00')).toEqual([]);
    expect([...service.incidents.values()][0]).toMatchObject({
      status: 'resolved',
      end: 'retracted',
    });
  });

  test('that only the newest failures have, again and again, is never told', () => {
    const service = new Service();
    const lines: string[] = [];
    for (let ms = at('14:00'); ms <= at('14:20'); ms += 10_000) {
      service.fail('worker-died-unknown', ms, { count: 8 });
      service.refine('worker-died-unknown', 'worker-timeout', ({ atMs }) => atMs <= ms - 10_000);
      lines.push(...service.evaluate(ms + 1_000));
    }
    service.refine('worker-died-unknown', 'worker-timeout');
    lines.push(...service.run('14:20:20', '15:30'));
    expect(lines).toMatchInlineSnapshot(`
      [
        "14:00:11 opened worker-timeout: 8 on web-1 since 14:00:00",
        "14:01:41 escalated worker-timeout: 80 on web-1 since 14:00:00 [8 failed requests when we last told you, 80 now]",
        "14:16:41 escalated worker-timeout: 800 on web-1 since 14:00:00 [80 failed requests when we last told you, 800 now]",
        "14:30:00 resolved worker-timeout: 968 on web-1, 1200 s",
      ]
    `);
  });
});

describe('a weak verdict that brings an incident back', () => {
  const over = () => {
    const service = new Service().fail('backend-not-listening', '14:00', { count: 20 });
    service.run('14:00:05', '14:12');
    return service.fail('backend-not-listening', '14:20', { count: 8 });
  };

  test('waits for patienceMs as well', () => {
    expect(over().run('14:20:05', '15:30')).toMatchInlineSnapshot(`
      [
        "14:20:35 reopened backend-not-listening: 28 on web-1 since 14:00:00",
        "14:40:05 resolved backend-not-listening: 28 on web-1, 1200 s",
      ]
    `);
  });

  test('is forgotten when it becomes another one', () => {
    const service = over();
    expect(service.run('14:20:05', '14:20:25')).toEqual([]);
    service.refine('backend-not-listening', 'deploy-restart', ({ count }) => count === 8);
    expect(service.run('14:20:30', '15:30')).toMatchInlineSnapshot(`
      [
        "14:22:00 resolved deploy-restart: 8 on web-1, 0 s",
      ]
    `);
    expect([...service.incidents.values()][0]).toMatchObject({
      status: 'resolved',
      reopened: 0,
      failures: 20,
    });
  });
});

describe('an incident is refined', () => {
  const opened = () => {
    const service = new Service().fail('worker-died-unknown', '14:00', { count: 20 });
    service.evaluate('14:00:05');
    service.evaluate('14:00:40');
    return service;
  };

  test('when most of its failures turn out to have another cause', () => {
    const service = opened().refine('worker-died-unknown', 'worker-oom');
    expect(service.evaluate('14:02')).toMatchInlineSnapshot(`
      [
        "14:02:00 refined worker-oom (was worker-died-unknown): 20 on web-1 since 14:00:00",
      ]
    `);
    expect(service.run('14:02', '15:30')).toMatchInlineSnapshot(`
      [
        "14:10:00 resolved worker-oom: 20 on web-1, 0 s",
      ]
    `);
  });

  test('not when half of them do', () => {
    const service = new Service();
    service.fail('worker-died-unknown', '14:00', { count: 10, host: 'web-1' });
    service.fail('worker-died-unknown', '14:00', { count: 10, host: 'web-2' });
    service.evaluate('14:00:05');
    service.evaluate('14:00:40');
    service.refine('worker-died-unknown', 'worker-oom', ({ host }) => host === 'web-2');
    expect(service.run('14:01', '14:05')).toMatchInlineSnapshot(`
      [
        "14:01:00 opened worker-oom: 10 on web-2 since 14:00:00",
      ]
    `);
  });

  test('and the smaller part of its failures that keeps the old name rides along', () => {
    const service = opened().fail('worker-died-unknown', '14:00:20', { count: 7 });
    service.evaluate('14:01');
    service.refine('worker-died-unknown', 'worker-oom', ({ count }) => count === 20);
    expect(service.run('14:02', '15:30')).toMatchInlineSnapshot(`
      [
        "14:02:00 refined worker-oom (was worker-died-unknown): 20 on web-1 since 14:00:00",
        "14:10:00 resolved worker-oom: 20 on web-1, 0 s",
      ]
    `);
  });

  test('and merged with the open incident that it turns out to be: the younger one ends silently', () => {
    const service = opened();
    service.fail('worker-oom', '14:03', { count: 9, isConfirmed: true, host: 'web-2' });
    expect(service.run('14:03:05', '14:04')).toHaveLength(1);
    service.refine('worker-died-unknown', 'worker-oom');
    expect(service.run('14:05', '15:30')).toMatchInlineSnapshot(`
      [
        "14:05:00 refined worker-oom (was worker-died-unknown): 29 on web-1 web-2 since 14:00:00",
        "14:13:00 resolved worker-oom: 29 on web-1 web-2, 180 s",
      ]
    `);
    expect([...service.incidents.values()].map(({ cause, end }) => `${cause} ${end}`)).toEqual([
      'worker-oom over',
      'worker-oom merged',
    ]);
  });
});

describe('an incident is escalated', () => {
  test('when its failures grow tenfold, again and again, but not more than once a minute', () => {
    const service = new Service().fail('worker-timeout', '14:00', { count: 5 });
    service.fail('worker-timeout', '14:00:20', { count: 60 });
    service.fail('worker-timeout', '14:05', { count: 586 });
    service.fail('worker-timeout', '14:06', { count: 100 });
    expect(service.run('14:00:05', '14:10')).toMatchInlineSnapshot(`
      [
        "14:00:05 opened worker-timeout: 5 on web-1 since 14:00:00",
        "14:01:05 escalated worker-timeout: 65 on web-1 since 14:00:00 [5 failed requests when we last told you, 65 now]",
        "14:05:05 escalated worker-timeout: 651 on web-1 since 14:00:00 [65 failed requests when we last told you, 651 now]",
      ]
    `);
  });

  test('when it reaches new hosts after its first minutes, those of five minutes together', () => {
    const service = new Service();
    for (const [host, time] of [
      ['web-1', '14:00'],
      ['web-2', '14:01'],
      ['web-3', '14:08'],
      ['web-4', '14:08:30'],
      ['web-5', '14:09'],
    ] as const) {
      service.fail('worker-timeout', time, { host, count: 6 });
    }
    expect(service.run('14:00:05', '14:18')).toMatchInlineSnapshot(`
      [
        "14:00:05 opened worker-timeout: 6 on web-1 since 14:00:00",
        "14:05:05 escalated worker-timeout: 12 on web-1 web-2 since 14:00:00 [6 failed requests when we last told you, 12 now; reached web-2]",
        "14:10:05 escalated worker-timeout: 30 on web-1 web-2 web-3 web-4 web-5 since 14:00:00 [12 failed requests when we last told you, 30 now; reached web-3, web-4, web-5]",
      ]
    `);
  });

  test('when it lasts: every renotifyMs', () => {
    const service = new Service().failEvery('worker-timeout', '06:00', '15:00', 30);
    service.fail('worker-timeout', '06:00', { count: 500 });
    expect(service.run('06:00', '15:30', 60)).toMatchInlineSnapshot(`
      [
        "06:00:00 opened worker-timeout: 501 on web-1 since 06:00:00",
        "10:00:00 escalated worker-timeout: 981 on web-1 since 06:00:00 [501 failed requests when we last told you, 981 now; still going on after 4 h]",
        "14:00:00 escalated worker-timeout: 1461 on web-1 since 06:00:00 [981 failed requests when we last told you, 1,461 now; still going on after 8 h]",
        "15:10:00 resolved worker-timeout: 1581 on web-1, 32400 s",
      ]
    `);
  });
});

describe('an incident is over', () => {
  test('after resolveAfterMs without a failure, and comes back as the same one', () => {
    const service = new Service().fail('worker-timeout', '14:00', { count: 12 });
    service.fail('worker-timeout', '14:03:30', { count: 2 });
    service.fail('worker-timeout', '14:30', { count: 10 });
    expect(service.run('14:00:05', '15:30')).toMatchInlineSnapshot(`
      [
        "14:00:05 opened worker-timeout: 12 on web-1 since 14:00:00",
        "14:13:35 resolved worker-timeout: 14 on web-1, 210 s",
        "14:30:05 reopened worker-timeout: 24 on web-1 since 14:00:00",
        "14:50:05 resolved worker-timeout: 24 on web-1, 1800 s",
      ]
    `);
    expect(service.incidents.size).toBe(1);
  });

  test('and another one when it comes back after reopenWithinMs', () => {
    const service = new Service().fail('worker-timeout', '14:00', { count: 12 });
    service.fail('worker-timeout', '14:41', { count: 10 });
    expect(service.run('14:00:05', '15:30')).toMatchInlineSnapshot(`
      [
        "14:00:05 opened worker-timeout: 12 on web-1 since 14:00:00",
        "14:10:05 resolved worker-timeout: 12 on web-1, 0 s",
        "14:41:05 opened worker-timeout: 10 on web-1 since 14:41:00",
        "14:51:05 resolved worker-timeout: 10 on web-1, 0 s",
      ]
    `);
    expect(service.incidents.size).toBe(2);
  });

  test('for good when late logs only fill the time before its end', () => {
    const service = new Service().fail('worker-timeout', '14:00', { count: 12 });
    service.run('14:00:05', '14:10:10');
    service.fail('worker-timeout', '14:07', { count: 30, host: 'web-2' });
    expect(service.run('14:10:20', '15:30')).toEqual([]);
    expect([...service.incidents.values()]).toMatchObject([
      { status: 'resolved', failures: 42, hosts: ['web-1', 'web-2'] },
    ]);
  });

  test('though the clock of a host is ahead', () => {
    const service = new Service().fail('worker-timeout', '16:00', { count: 12 });
    expect(service.evaluate('14:00:05')).toHaveLength(1);
    expect(service.evaluate('14:10:00')).toEqual([]);
    expect(service.evaluate('14:10:05')).toMatchInlineSnapshot(`
      [
        "14:10:05 resolved worker-timeout: 12 on web-1, 0 s",
      ]
    `);
    expect(service.run('14:10:10', '17:00', 60)).toEqual([]);
  });

  test('later each time when it flaps, so that it is told less and less', () => {
    const service = new Service();
    for (let minute = 0; minute < 360; minute += 12) {
      service.fail('worker-timeout', at('06:00') + minute * 60_000, { count: 6 });
    }
    const lines = service.run('06:00', '14:00', 30);
    expect(lines.filter((line) => !line.includes('escalated'))).toMatchInlineSnapshot(`
      [
        "06:00:00 opened worker-timeout: 6 on web-1 since 06:00:00",
        "06:10:00 resolved worker-timeout: 6 on web-1, 0 s",
        "06:12:00 reopened worker-timeout: 12 on web-1 since 06:00:00",
        "12:08:00 resolved worker-timeout: 180 on web-1, 20880 s",
      ]
    `);
  });
});

describe('a restart', () => {
  test('is told when it is over, as one notice', () => {
    const service = new Service();
    service.fail('backend-not-listening', '14:00:01', { count: 9 });
    expect(service.evaluate('14:00:05')).toEqual([]);
    service.refine('backend-not-listening', 'deploy-restart');
    service.fail('deploy-restart', '14:00:05.200', { count: 3, isConfirmed: true });
    expect(service.run('14:00:10', '15:30')).toMatchInlineSnapshot(`
      [
        "14:02:10 resolved deploy-restart: 12 on web-1, 4.2 s",
      ]
    `);
  });

  test('that lasts longer than restarts do is an incident', () => {
    const service = new Service().failEvery('deploy-restart', '14:00', '14:08', 10);
    expect(service.run('14:00:05', '15:30')).toMatchInlineSnapshot(`
      [
        "14:05:15 opened deploy-restart: 32 on web-1 since 14:00:00",
        "14:18:05 resolved deploy-restart: 49 on web-1, 480 s",
      ]
    `);
  });

  test('after restart is told one by one at first, and then as an incident', () => {
    const service = new Service();
    for (let minute = 0; minute < 60; minute += 4) {
      service.fail('deploy-restart', at('14:00') + minute * 60_000, { count: 8 });
    }
    expect(service.run('14:00:05', '16:30', 30)).toMatchInlineSnapshot(`
      [
        "14:02:05 resolved deploy-restart: 8 on web-1, 0 s",
        "14:12:05 opened deploy-restart: 24 on web-1 since 14:04:00",
        "15:06:05 resolved deploy-restart: 112 on web-1, 3120 s",
      ]
    `);
  });
});

describe('a symptom', () => {
  test('opens nothing while its cause fails requests of the same host', () => {
    const service = new Service();
    service.fail('worker-oom', '14:00:01', { count: 9, isConfirmed: true });
    service.failEvery('no-live-upstreams', '14:00:02', '14:01:10', 1);
    expect(service.run('14:00:05', '14:30')).toHaveLength(2);
  });

  test('opens an incident where no cause is known', () => {
    const service = new Service().failEvery('no-live-upstreams', '14:00:02', '14:00:30', 1);
    expect(service.run('14:00:05', '14:30')).toHaveLength(2);
  });
});

test('to decide again with the same input changes nothing', () => {
  const service = new Service().failEvery('worker-timeout', '14:00', '14:09', 10);
  service.fail('unknown', '14:03', { count: 40 }).fail('deploy-restart', '14:04', { count: 9 });
  for (let ms = at('14:00'); ms < at('15:00'); ms += 30_000) {
    service.evaluate(ms);
    expect(decide(service.input(ms)).incidents).toEqual([]);
  }
});
