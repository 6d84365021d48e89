const HOUR_MS = 3_600_000;
const MOST_KEYS = 10_000;

/** Keys that were noted within the last hour, by this process. */
export class RecentKeys {
  readonly #clock: () => number;
  readonly #keys = new Map<string, number>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    return this.#clock() - (this.#keys.get(key) ?? Number.NEGATIVE_INFINITY) < HOUR_MS;
  }

  add(key: string): void {
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    this.#keys.set(key, this.#clock());
  }
}
