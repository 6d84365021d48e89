/** What systemd says of a unit (src/core/unit.c, service.c, execute.c; wordings of 219 to 257). */
import { isBackendUnit } from './backend-units.ts';
import type { Observed } from './observed.ts';
import { observeUnitMessage } from './systemd-messages.ts';

const UNIT = '[\\w@.\\\\:-]{1,200}\\.(?:service|socket|scope)';
/** `UNIT: message`, and systemd 219's `UNIT message`. */
const ABOUT_UNIT = new RegExp(`^(${UNIT}):? `);
const OLD_FORMS: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern: new RegExp(`^Unit (${UNIT}) entered failed state`),
    message: 'Unit entered failed state.',
  },
  {
    pattern: new RegExp(`^start request repeated too quickly for (${UNIT})$`),
    message: 'Start request repeated too quickly.',
  },
];
/** A job's result: `Stopped shop.service - Shop.`, or before systemd 250 the description alone. */
const JOB =
  /^(Started|Stopped|Stopping|Reloaded|Reloading|Failed to start|Failed to listen on|Listening on|Closed) (.{1,300})$/s;

const JOB_IDS: Readonly<Record<string, Observed['id']>> = {
  Started: 'unit-started',
  'Listening on': 'unit-started',
  Stopping: 'unit-stopped',
  Stopped: 'unit-stopped',
  Closed: 'unit-stopped',
  Reloading: 'reloading',
  Reloaded: 'reloading',
  'Failed to start': 'unit-failed',
  'Failed to listen on': 'unit-failed',
};

/**
 * The signal of a line written by systemd, or `null`: about a unit that cannot be Gunicorn's, or a step that
 * changes nothing (`Starting …`, `Consumed …`).
 */
export function observeSystemdText(text: string): Observed | null {
  const job = JOB.exec(text.slice(0, 400));
  if (job) return observeJob(job[1] ?? '', job[2] ?? '');
  const about = ABOUT_UNIT.exec(text.slice(0, 300));
  if (about) {
    const [start, unit = ''] = about;
    return isBackendUnit(unit, '')
      ? withUnit(observeUnitMessage(text.slice(start.length)), unit)
      : null;
  }
  return observeOldForm(text);
}

function observeOldForm(text: string): Observed | null {
  for (const { pattern, message } of OLD_FORMS) {
    const unit = pattern.exec(text.slice(0, 300))?.[1];
    if (unit === undefined || !isBackendUnit(unit, '')) continue;
    return withUnit(observeUnitMessage(message), unit);
  }
  return null;
}

function observeJob(verb: string, target: string): Observed | null {
  const name = target.split(' ', 1)[0]?.replace(/[.:]+$/, '') ?? '';
  const unit = /\.(?:service|socket)$/.test(name) ? name : null;
  const id = JOB_IDS[verb];
  if (id === undefined || !isBackendUnit(unit, target)) return null;
  return { id, pid: null, unit };
}

function withUnit(observed: Observed | null, unit: string): Observed | null {
  return observed && { pid: null, ...observed, unit };
}
