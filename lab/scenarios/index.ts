import type { Scenario } from '../scenario.ts';
import { healthy } from './healthy.ts';
import { notRunning } from './not-running.ts';
import { workerTimeout } from './worker-timeout.ts';

/** Every scenario of the lab; the long ones come first, so that none is left alone at the end. */
export const scenarios: readonly Scenario[] = [...workerTimeout, ...notRunning, ...healthy];
