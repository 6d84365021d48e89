import { createHash } from 'node:crypto';
import type { ServiceConfig } from '../core/config/config.ts';
import type { ServiceContract } from '../core/contract.ts';

/** In a filter's name, for logs without a format. */
const NO_FORMAT = '-';

/** What the deployed functions are told of a service. */
export function serviceContractOf({
  name,
  logs,
  streams,
  gunicorn,
  privacy,
}: ServiceConfig): ServiceContract {
  const formats = logs.access.flatMap(({ format }) => (format === null ? [] : [format]));
  return {
    name,
    roles: Object.entries(logs)
      .filter(([, groups]) => groups.length > 0)
      .map(([role]) => role),
    formats: Object.fromEntries(formats.map((format) => [formatKeyOf(format), format])),
    streams,
    gunicornVersion: gunicorn.version,
    workerClass: gunicorn.workerClass,
    timeoutSeconds: gunicorn.timeoutMs === null ? null : gunicorn.timeoutMs / 1_000,
    unit: gunicorn.unit,
    ...(privacy && { privacy }),
  };
}

/**
 * The key of a format in filter names: its own name, or a hash of it. It depends on nothing else, so that deliveries
 * under way while the configuration changes find their format or none, never another one.
 */
export function formatKeyOf(format: string | null): string {
  if (format === null) return NO_FORMAT;
  if (/^[A-Za-z][\w-]*$/.test(format)) return format;
  return createHash('sha256').update(format).digest('hex').slice(0, 8);
}
