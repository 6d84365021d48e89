import { PublishCommand, type PublishInput, SNSClient } from '@aws-sdk/client-sns';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one request that the functions make of SNS. */
export type SnsClient = { publish(input: PublishInput): Promise<unknown> };

/**
 * A client with bounded retries and timeouts: at worst two attempts of 3 s. A repetition after a lost reply sends a
 * message twice, with the same id in it; what is left to do the next flush does. This module loads the SDK: import it when the first message is sent.
 */
export function snsClient(): SnsClient {
  const client = new SNSClient({
    ...NOTHING_TO_LOOK_UP,
    retryMode: 'standard',
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  return { publish: (input) => client.send(new PublishCommand(input)) };
}
