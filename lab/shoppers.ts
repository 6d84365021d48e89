import { between, pick, type Random } from './random.ts';

const PAGES = [
  () => '/',
  (random: Random) => `/products/${between(random, 1, 400)}`,
  (random: Random) => `/products/${between(random, 1, 400)}?ref=mail`,
  () => '/cart',
  (random: Random) => `/orders/${between(random, 1000, 9999)}`,
  () => '/healthz',
] as const;

/** Paths that people visit on a good day; every one of them answers 200. */
export function shopperPath(random: Random): string {
  return pick(random, PAGES)(random);
}
