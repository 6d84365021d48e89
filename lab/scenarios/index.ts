import type { Scenario } from '../scenario.ts';
import { badResponse } from './bad-response.ts';
import { balancing } from './balancing.ts';
import { bodies } from './bodies.ts';
import { boot } from './boot.ts';
import { deaths } from './deaths.ts';
import { healthy } from './healthy.ts';
import { notRunning } from './not-running.ts';
import { permissions } from './permissions.ts';
import { saturation } from './saturation.ts';
import { slow } from './slow.ts';
import { workerTimeout } from './worker-timeout.ts';

/** Every scenario of the lab; the long ones come first, so that none is left alone at the end. */
export const scenarios: readonly Scenario[] = [
  ...workerTimeout,
  ...saturation,
  ...deaths,
  ...bodies,
  ...badResponse,
  ...balancing,
  ...slow,
  ...boot,
  ...notRunning,
  ...permissions,
  ...healthy,
];
