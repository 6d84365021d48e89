import { setTimeout as sleepFor } from 'node:timers/promises';
import { LabError } from './lab-error.ts';

/** Resolves after so many milliseconds. */
export const sleep = (ms: number): Promise<void> => sleepFor(ms);

/** Waits until `probe` gives something other than undefined or false, at most `limitMs`. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 15_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new LabError(`waited ${limitMs / 1000} s for ${what}, in vain`);
    await sleep(25);
  }
}
