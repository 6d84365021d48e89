import { describe, expect, test } from 'vitest';
import { parseWeekly } from '../../../core/incident/parse-weekly.ts';

describe('a weekly window', () => {
  test.each<[string, string]>([
    ['Sun 02:00-04:00', 'Sun 02:00 04:00'],
    ['sat,SUN 22:00-02:00', 'Sun,Sat 22:00 02:00'],
    ['Mon-Fri 12:30-13:00', 'Mon,Tue,Wed,Thu,Fri 12:30 13:00'],
    ['Fri-Mon 00:00-00:00', 'Sun,Mon,Fri,Sat 00:00 00:00'],
    ['Mon,Wed-Thu,Mon 01:00-02:00', 'Mon,Wed,Thu 01:00 02:00'],
  ])('%s is %s', (text, expected) => {
    const { days, from, to, zone } = parseWeekly(text, 'Europe/Berlin');
    expect([days.join(','), from, to].join(' ')).toBe(expected);
    expect(zone).toBe('Europe/Berlin');
  });

  test.each(['', 'Sun', '02:00-04:00', 'Son 02:00-04:00', 'Sun 2-4', 'Mon-Wed-Fri 01:00-02:00'])(
    '"%s" is none, and what one looks like is said',
    (text) => {
      expect(() => parseWeekly(text, 'UTC')).toThrow(
        `--weekly "${text}" is no window: use days and times such as "Sun 02:00-04:00"`,
      );
    },
  );
});
