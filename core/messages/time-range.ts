/**
 * Times are ISO 8601 in UTC. How much of one is shown depends on the range it is read in: within one day the clock
 * is enough, within a year day and month, else the whole date.
 */
export type TimeDetail = 'clock' | 'day' | 'date';

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d):(\d\d)/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What a time needs to be clear beside the other times of a range. */
export function detailOf(range: { from: string; to: string } | null): TimeDetail {
  if (range === null || range.from.slice(0, 4) !== range.to.slice(0, 4)) return 'date';
  return range.from.slice(0, 10) === range.to.slice(0, 10) ? 'clock' : 'day';
}

/** `14:02:11`, `20 Nov 14:02:11` or `2026-11-20 14:02:11`; a text that is no such time is returned as it is. */
export function formatTime(iso: string, detail: TimeDetail): string {
  const parts = ISO.exec(iso);
  if (parts === null) return iso;
  const [, year, month, day, minute, second] = parts;
  const clock = `${minute}:${second}`;
  if (detail === 'clock') return clock;
  if (detail === 'date') return `${year}-${month}-${day}\u00a0${clock}`;
  return `${Number(day)}\u00a0${MONTHS[Number(month) - 1] ?? month}\u00a0${clock}`;
}

/** `between 14:02:11 and 14:09:40 UTC on 2026-11-20`, `at 14:02:11 UTC on 2026-11-20`, with dates when they differ. */
export function rangeInWords(from: string, to: string): string {
  const date = from.slice(0, 10);
  if (detailOf({ from, to }) !== 'clock') {
    return `between ${formatTime(from, 'date')} and ${formatTime(to, 'date')}\u00a0UTC`;
  }
  const [first, last] = [formatTime(from, 'clock'), formatTime(to, 'clock')];
  return first === last
    ? `at ${first}\u00a0UTC on ${date}`
    : `between ${first} and ${last}\u00a0UTC on ${date}`;
}

/** To the minute: `2026-11-20, 14:02–14:09 UTC` or `2026-11-19 22:14 – 2026-11-20 03:09 UTC`. */
export function windowInWords(window: { from: string; to: string }, dash: string): string {
  const minute = (iso: string): string => formatTime(iso, 'date').replace(/:\d\d$/, '');
  const clock = (iso: string): string => formatTime(iso, 'clock').replace(/:\d\d$/, '');
  return detailOf(window) === 'clock'
    ? `${window.from.slice(0, 10)}, ${clock(window.from)}${dash}${clock(window.to)}\u00a0UTC`
    : `${minute(window.from)} ${dash} ${minute(window.to)}\u00a0UTC`;
}
