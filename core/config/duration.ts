const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration as people write it: `30s`, `5m`, `1h30m`. */
export const DURATION = /^(?:\d{1,6}[smhd])+$/;

/** Milliseconds of a duration; `null` when it is none. */
export function parseDuration(text: string): number | null {
  if (!DURATION.test(text)) return null;
  const parts = text.matchAll(/(\d+)([smhd])/g);
  return [...parts].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );
}

/** The shortest text for a duration in whole seconds, by its largest unit: `90m`, `4h`. */
export function renderDuration(ms: number): string {
  const unit = ['d', 'h', 'm'].find((name) => ms % (UNIT_MS[name] ?? 1) === 0 && ms > 0) ?? 's';
  return `${ms / (UNIT_MS[unit] ?? 1)}${unit}`;
}
