/** A share as people write it: `1%`, `0.5 %`, `0.01`. */
export const SHARE = /^(?:\d{1,3}(?:\.\d{1,6})? ?%|[01](?:\.\d{1,8})?)$/;

/** A share of 0 to 1; `null` when it is none. */
export function parseShare(input: string | number): number | null {
  const share = typeof input === 'number' ? input : parseText(input);
  return share >= 0 && share <= 1 ? share : null;
}

function parseText(text: string): number {
  if (!SHARE.test(text)) return Number.NaN;
  return text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
}
