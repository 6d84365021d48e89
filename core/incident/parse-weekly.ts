import { AppError } from '../errors.ts';
import { WEEKDAYS, type Weekday, type WeeklyWindow } from './mutes.ts';

const WINDOW = /^([A-Za-z]{3}(?:[,-][A-Za-z]{3})*) (\d\d:\d\d)-(\d\d:\d\d)$/;

/** A window as people write it: `Sun 02:00-04:00`, `Mon-Fri 12:30-13:00`, `Sat,Sun 22:00-02:00` (until the next day). */
export function parseWeekly(text: string, zone: string): WeeklyWindow {
  const [, days = '', from = '', to = ''] = WINDOW.exec(text.trim()) ?? [];
  if (days === '') throw badWindow(text);
  return { days: daysOf(days, text), from, to, zone };
}

function daysOf(days: string, text: string): readonly Weekday[] {
  const found = days.split(',').flatMap((part) => {
    const [first = '', last = first, ...rest] = part.split('-');
    const [start, end] = [indexOf(first), indexOf(last)];
    if (start < 0 || end < 0 || rest.length > 0) throw badWindow(text);
    const length = ((end - start + 7) % 7) + 1;
    return Array.from({ length }, (_, index) => WEEKDAYS[(start + index) % 7] ?? 'Sun');
  });
  return WEEKDAYS.filter((day) => found.includes(day));
}

function indexOf(day: string): number {
  return WEEKDAYS.findIndex((name) => name.toLowerCase() === day.toLowerCase());
}

function badWindow(text: string): AppError {
  return new AppError(
    'BadWindow',
    `--weekly "${text}" is no window: use days and times such as "Sun 02:00-04:00", "Mon-Fri 12:30-13:00" or "Sat,Sun 22:00-02:00"`,
  );
}
