import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NOTHING_TO_LOOK_UP } from './sdk-defaults.ts';

/** The one request that the functions make of Secrets Manager. */
export type SecretsClient = {
  getSecretValue(input: { readonly SecretId: string }): Promise<{ readonly SecretString?: string }>;
};

/** A client with bounded retries and timeouts. This module loads the SDK: import it when the secret is read. */
export function secretsClient(): SecretsClient {
  const client = new SecretsManagerClient({
    ...NOTHING_TO_LOOK_UP,
    retryMode: 'standard',
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  return { getSecretValue: (input) => client.send(new GetSecretValueCommand(input)) };
}
