/** What systemd's word about a unit that failed says of its cause (systemd.exec(5), "Process Exit Codes"). */
import type { CauseId } from '../catalogue/cause-ids.ts';
import type { Signal } from '../model.ts';

/** 200 to 243 are systemd's own, from before the program ran; 255 is Gunicorn's -1. */
const EXEC_FAILURE = /^2(?:[0-3]\d|4[0-3])\//;
/** argparse's code for a wrong option; Gunicorn's for "worker failed to boot" and "application failed to load". */
const BOOT_CODES: ReadonlySet<number> = new Set([2, 3, 4]);

/**
 * The cause that systemd's word proves, `null` when it only says that the unit is down. 3/NOTIMPLEMENTED and
 * 4/NOPERMISSION are but LSB names for Gunicorn's exit codes.
 */
export function causeOfUnitFailure(signal: Signal): CauseId | null {
  const { reason = '', exitCode } = signal.facts;
  if (reason.includes('oom')) return 'worker-oom';
  if (exitCode !== undefined && BOOT_CODES.has(exitCode)) return 'app-boot-failure';
  return EXEC_FAILURE.test(reason) ? 'service-start-failure' : null;
}
