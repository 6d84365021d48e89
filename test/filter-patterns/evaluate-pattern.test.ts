import { describe, expect, it } from 'vitest';
import { checkGroup, compilePattern, evaluatePattern } from './evaluate-pattern.ts';
import { PatternError, READINGS } from './pattern.ts';

const ACCESS =
  '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const EVENT = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [{ name: 'a', id: 1 }],
  SomeObject: null,
  'cluster.name': 'c',
  status: 502,
});

/** Pattern, message, whether it passes, in both readings. The examples of the documentation among others. */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['', 'anything', true],
  ['" "', 'anything', true],
  ['ERROR', '[ERROR 400] BAD REQUEST', true],
  ['error', '[ERROR 400] BAD REQUEST', false],
  ['ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', true],
  ['ERROR ARGUMENTS', '[ERROR 401] UNAUTHORIZED REQUEST', false],
  ['?ERROR ?ARGUMENTS', '[WARN] MISSING ARGUMENTS', true],
  ['?ERROR ?ARGUMENTS', '[WARN] BAD REQUEST', false],
  ['?ERROR ?ARGUMENTS REQUEST', '[INFO] REQUEST FAILED', true],
  ['ERROR -ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', false],
  ['ERROR -ARGUMENTS', '[ERROR 400] BAD REQUEST', true],
  ['"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true],
  ['%AUTHORIZED%', '[ERROR 401] UNAUTHORIZED REQUEST', true],
  ['%^starting|^shutting down%', 'skipping starting', false],
  ['%^starting|^shutting down%', 'shutting down', true],
  ['%\\x28%', 'connect() failed', true],
  ['%ab[^c]$%', 'aba', true],
  [
    '[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request, status_code = 4*, bytes]',
    ACCESS,
    true,
  ],
  ['[..., request =*.html*, status_code = 4*, bytes]', ACCESS, true],
  ['[ip, ..., status_code = 410 || status_code = 404, bytes]', ACCESS, true],
  ['[ip, user, username, timestamp, request, status_code = 5*, ...]', ACCESS, false],
  ['[..., status >= 400 && status < 500, bytes]', ACCESS, true],
  ['[w1!=ERROR && w1!=WARNING, ...]', 'ERROR 09/25/2014 Failed', false],
  ['{ $.eventType = "UpdateTrail" }', EVENT, true],
  ['{ $.sourceIPAddress != 123.123.* }', EVENT, true],
  ['{ $.arrayKey[0] = "value" }', EVENT, true],
  ['{ $.arrayKey = "value" }', EVENT, false],
  ['{ $.arrayKey[*] = %val.{2}% }', EVENT, true],
  ['{ $.[\'cluster.name\'] = "c" }', EVENT, true],
  ['{ $.SomeObject IS NULL }', EVENT, true],
  ['{ $.SomeOtherObject NOT EXISTS }', EVENT, true],
  ['{ ($.status >= 500) || ($.status = "5*") }', EVENT, true],
  ['{ $.status >= 500 && $.objectList[0].id = 2 || $.eventType = "Other" }', EVENT, false],
  ['{ $.status >= 500 }', 'no JSON', false],
];

const REFUSED = [
  '%(502|504)%',
  '%something!%',
  '%a"b%',
  '%\\bword%',
  '%é%',
  '%[a%',
  '%a% b',
  '[error]',
  'a/b',
  '[a=%x%, b=%y%, c=%z%, ...]',
  '[..., a, ...]',
  '{ $.a[*][*] = 1 }',
  '{ $.a EXISTS }',
  `"${'x'.repeat(1024)}"`,
].filter((pattern) => pattern !== '[error]');

describe('evaluatePattern', () => {
  it.each(CASES)('reads %s on %s as %s', (pattern, message, passes) => {
    for (const reading of READINGS) {
      expect(evaluatePattern(pattern, message, reading)).toBe(passes);
    }
  });

  it.each(REFUSED)('refuses %s', (pattern) => {
    expect(() => compilePattern(pattern, 'lenient')).toThrow(PatternError);
  });

  it('refuses a sixth pattern with a regular expression in one log group', () => {
    expect(() => checkGroup(['%a%', '[b=%c%, ...]', '%d%', '%e%', '{ $.f = %g% }'])).not.toThrow();
    expect(() => checkGroup(['%a%', '%b%', '%c%', '%d%', '%e%', '%f%'])).toThrow(PatternError);
  });

  it('differs between the readings where the documentation is silent', () => {
    const differs = (pattern: string, message: string) =>
      READINGS.map((reading) => evaluatePattern(pattern, message, reading));
    expect(differs('[w1=ERROR, w2]', 'ERROR a b c')).toEqual([false, true]);
    expect(differs('[a, b = error, ...]', 'x [error] y')).toEqual([false, true]);
    expect(differs('[a, ...]', 'x "never closed')).toEqual([false, true]);
    expect(differs('AUTHORIZED', 'UNAUTHORIZED')).toEqual([false, true]);
    expect(differs('%^b%', 'a\nb')).toEqual([false, true]);
    expect(differs('{ $.status >= 500 }', '{"status":"502"}')).toEqual([false, true]);
  });
});
