import { describe, expect, it } from 'vitest';
import { checkContext, configOfContext } from '../../../core/config/quick-start.ts';

const contextOf = (values: object) => (key: string) => Reflect.get(values, key);
const messageOf = (values: object): string => {
  try {
    return JSON.stringify(checkContext(contextOf(values)));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('configOfContext', () => {
  it('is nothing without any key of it', () => {
    expect(configOfContext(contextOf({ 'aws:cdk:enable-path-metadata': true }))).toBeNull();
    expect(checkContext(contextOf({}))).toBeNull();
  });

  it('is one service called web', () => {
    const given = { email: 'ops@example.com', access: '/a, /b', error: '/e', gunicorn: '/g' };
    expect(configOfContext(contextOf(given))).toEqual({
      services: [{ name: 'web', logs: { access: ['/a', '/b'], error: ['/e'], gunicorn: ['/g'] } }],
      alerts: { email: ['ops@example.com'] },
    });
  });

  it('takes a name, Slack, the other logs, and lists of cdk.json', () => {
    const slack = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf';
    const given = { service: 'shop', slack, system: ['/s', '/t'], app: '/app,' };
    expect(checkContext(contextOf(given))).toMatchObject({
      services: [{ name: 'shop', logs: { system: [{ name: '/s' }, { name: '/t' }], access: [] } }],
      alerts: { email: [], slack: { kind: 'webhook', secretArn: slack } },
    });
  });
});

describe('checkContext', () => {
  it.each([
    [
      'an address alone',
      { email: 'ops@example.com' },
      ['-c access: give at least one log group of access, error, gunicorn or system'],
    ],
    [
      'logs that nobody hears of',
      { access: '/a' },
      ['-c email: is missing, give the address that alerts shall go to (or -c slack)'],
    ],
    [
      'an empty value',
      { email: '', access: '/a' },
      ['-c email: use an e-mail address such as ops@example.com, not ""'],
    ],
    [
      'one group in two roles',
      { email: 'a@example.com', access: '/a', error: '/a' },
      ['-c error: give "/a" one role, it is in -c access too and every line would be read as both'],
    ],
    [
      'wrong values',
      { email: 'ops', access: '/a b,/c', error: 3, service: 'My Shop', slack: '#ops' },
      [
        '-c service: use lower-case letters, digits and -, a letter first, at most 32 characters, not "My Shop"',
        '-c access: use the name of a log group: letters, digits and . - _ / #, at most 512, with a * at its end for all that begin so, not "/a b"',
        '-c error: use the name of a log group, or a list of them, not 3',
        '-c email: use an e-mail address such as ops@example.com, not "ops"',
        '-c slack: use the ARN of the Secrets Manager secret that holds the webhook\'s URL (arn:aws:secretsmanager:…), not "#ops"',
      ],
    ],
  ])('says what is wrong with %s', (_name, values, problems) => {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    expect(messageOf(values)).toBe([`the context (-c) has ${count}:`, ...problems].join('\n  '));
  });
});
