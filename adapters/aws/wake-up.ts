import type { ServiceContract } from '../../core/contract.ts';
import { AppError } from '../../core/errors.ts';

/** The service that a message of the wake queue names. Throws `AppError` for a message that names none. */
export function serviceOfWakeUp(
  body: string,
  services: readonly ServiceContract[],
): ServiceContract {
  const name = nameIn(body);
  const service = services.find((known) => known.name === name);
  if (service) return service;
  throw new AppError('UnknownService', 'a wake-up names no service of this deployment', {
    hint: 'messages of a service that was removed end in the dead-letter queue, and can be purged',
  });
}

function nameIn(body: string): unknown {
  try {
    return JSON.parse(body)?.service;
  } catch {
    return undefined;
  }
}
