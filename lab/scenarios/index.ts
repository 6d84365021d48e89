import type { Scenario } from '../scenario.ts';
import { appAnswers } from './app-answers.ts';
import { attacks } from './attacks.ts';
import { badResponse } from './bad-response.ts';
import { balancing } from './balancing.ts';
import { bodies } from './bodies.ts';
import { boot } from './boot.ts';
import { clients } from './clients.ts';
import { connections } from './connections.ts';
import { deaths } from './deaths.ts';
import { demo } from './demo.ts';
import { deploy } from './deploy.ts';
import { gunicornFiles } from './gunicorn-files.ts';
import { healthy } from './healthy.ts';
import { hosts } from './hosts.ts';
import { kernel } from './kernel.ts';
import { mixed } from './mixed.ts';
import { names } from './names.ts';
import { network } from './network.ts';
import { nginxLimits } from './nginx-limits.ts';
import { notRunning } from './not-running.ts';
import { oddities } from './oddities.ts';
import { permissions } from './permissions.ts';
import { saturation } from './saturation.ts';
import { slow } from './slow.ts';
import { subrequests } from './subrequests.ts';
import { tls } from './tls.ts';
import { transports } from './transports.ts';
import { workerTimeout } from './worker-timeout.ts';

/** Every scenario of the lab; the long ones come first, so that none is left alone at the end. */
export const scenarios: readonly Scenario[] = [
  ...demo,
  ...workerTimeout,
  ...saturation,
  ...deaths,
  ...bodies,
  ...badResponse,
  ...balancing,
  ...kernel,
  ...gunicornFiles,
  ...slow,
  ...nginxLimits,
  ...network,
  ...names,
  ...tls,
  ...deploy,
  ...clients,
  ...appAnswers,
  ...subrequests,
  ...connections,
  ...hosts,
  ...mixed,
  ...attacks,
  ...transports,
  ...oddities,
  ...boot,
  ...notRunning,
  ...permissions,
  ...healthy,
];
