import { deflateRawSync } from 'node:zlib';
import type { ServiceContract } from '../core/contract.ts';

/** Up to here it stays readable in the console. */
const MAX_PLAIN_BYTES = 1_800;

/** For the environment variable `ENV.services`: JSON, or `z` and base64 of the same JSON, deflated, when it is long. */
export function encodeServices(services: readonly ServiceContract[]): string {
  const json = JSON.stringify(services);
  if (Buffer.byteLength(json) <= MAX_PLAIN_BYTES) return json;
  return `z${deflateRawSync(json, { level: 9 }).toString('base64')}`;
}
