import type { PrivacyContract } from '../contract.ts';
import type { Redaction } from '../redact.ts';

/** What is taken out of a service's logs: everything, except what its configuration keeps. */
export function redactionOf({ keep = [], extra = [] }: PrivacyContract = {}): Redaction {
  return {
    queries: !keep.includes('queries'),
    tokens: !keep.includes('tokens'),
    emails: !keep.includes('emails'),
    addresses: !keep.includes('addresses'),
    extra,
  };
}
