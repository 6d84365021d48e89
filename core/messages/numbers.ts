const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** `4870` → `4,870`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 failure`, `312 failures`; the plural is regular unless given. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** `6.4 %` with one decimal below ten; never 0 or 100 unless it is exactly that. The space does not break. */
export function formatShare(part: number, total: number): string {
  if (total <= 0 || part <= 0) return '0\u00a0%';
  const share = (part / total) * 100;
  if (share < 0.1) return 'less\u00a0than\u00a00.1\u00a0%';
  if (share < 9.95) return `${share.toFixed(1)}\u00a0%`;
  return `${Math.min(Math.round(share), part < total ? 99 : 100)}\u00a0%`;
}

/** `93 %`, in whole per cents, as a column of them lines up. */
export function formatWholeShare(part: number, total: number): string {
  if (total <= 0 || part <= 0) return '0\u00a0%';
  const share = Math.round((part / total) * 100);
  if (share === 0) return '<1\u00a0%';
  return `${part < total ? Math.min(share, 99) : share}\u00a0%`;
}

/** The two largest units that matter: `7 min 29 s`, `2 h 5 min`, `3 d 4 h`, `12 s`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < MINUTE) return `${seconds}\u00a0s`;
  if (seconds < HOUR) return units(seconds, MINUTE, 'min', 1, 's');
  if (seconds < DAY) return units(seconds, HOUR, 'h', MINUTE, 'min');
  return units(seconds, DAY, 'd', HOUR, 'h');
}

function units(seconds: number, large: number, name: string, small: number, smallName: string) {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)}\u00a0${name}`;
  return rest === 0 ? first : `${first}\u00a0${rest}\u00a0${smallName}`;
}
