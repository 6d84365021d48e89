import type { TestProject } from 'vitest/node';
import { type Ministack, startMinistack } from './ministack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one MiniStack of the run: `inject('ministack')`. */
    ministack: Pick<Ministack, 'endpoint' | 'region' | 'logFile'>;
  }
}

/** One MiniStack for all end-to-end tests; each file makes its own resources in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { endpoint, region, logFile, stop } = await startMinistack();
  project.provide('ministack', { endpoint, region, logFile });
  return stop;
}
