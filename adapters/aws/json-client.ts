/**
 * Requests of AWS's JSON protocol (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html), which DynamoDB and
 * SQS speak, by the SDK's own signatures, connections and retries. What is left out, the clients that are generated for
 * each service, is most of a cold start: `docs/performance.md`.
 */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import {
  isServerError,
  isThrottlingError,
  isTransientError,
  StandardRetryStrategy,
} from '@smithy/core/retry';
import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type {
  AwsCredentialIdentity,
  AwsCredentialIdentityProvider,
  Checksum,
  RetryErrorType,
  SdkError,
  SourceData,
} from '@smithy/types';

/** What differs from service to service. */
export type JsonService = {
  /** Of endpoints and signatures: `dynamodb`. */
  readonly name: string;
  /** What `X-Amz-Target` begins with: `DynamoDB_20120810`. */
  readonly target: string;
};

/** Where to and as whom; what is not given comes from the environment that Lambda sets. */
export type AwsConnection = {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: AwsCredentialIdentity | AwsCredentialIdentityProvider;
  /** 4 if not given. */
  readonly maxAttempts?: number;
};

/**
 * Makes one request; the answer is as the service's reference has it. Throws what the SDK's clients throw: an `Error`
 * named as the service names it, with `$metadata`.
 */
export type SendJson = (action: string, input: object) => Promise<object>;

// biome-ignore lint/style/noProcessEnv: what Lambda sets for every client of AWS, and nothing of ours.
const variables = process.env;

/** At worst four attempts of 3 s with a second between them, or 7 s of waiting for a throttled service. */
const MAX_ATTEMPTS = 4;
const TIMEOUTS = {
  connectionTimeout: 1_000,
  requestTimeout: 3_000,
  socketTimeout: 3_000,
  throwOnRequestTimeout: true,
};

/** Throws when no region is known; credentials are looked for when a request is made. */
export function jsonClient(service: JsonService, connection: AwsConnection = {}): SendJson {
  const region = connection.region ?? variables.AWS_REGION;
  if (!region) throw new Error('Region is missing');
  const endpoint = new URL(connection.endpoint ?? endpointOf(service, region));
  const signer = new SignatureV4({
    service: service.name,
    region,
    sha256: Sha256,
    credentials: connection.credentials ?? credentialsOfEnvironment,
  });
  const connections = new NodeHttpHandler(TIMEOUTS);
  const retries = new StandardRetryStrategy(connection.maxAttempts ?? MAX_ATTEMPTS);
  return (action, input) => {
    const body = JSON.stringify(input, blobAsBase64);
    const attempt = async () => {
      const request = requestOf(endpoint, { target: `${service.target}.${action}`, body });
      const { response } = await connections.handle(await sign(signer, request));
      return answerOf(response);
    };
    return withRetries(retries, attempt);
  };
}

function endpointOf({ name }: JsonService, region: string): string {
  const { AWS_ENDPOINT_URL: all, [`AWS_ENDPOINT_URL_${name.toUpperCase()}`]: own } = variables;
  return own || all || `https://${name}.${region}.${suffixOf(region)}`;
}

/** Domain of the region's partition (AWS General Reference, Service endpoints). */
function suffixOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return 'amazonaws.eu';
  if (region.startsWith('us-isob-')) return 'sc2s.sgov.gov';
  if (region.startsWith('us-iso-')) return 'c2s.ic.gov';
  return 'amazonaws.com';
}

/** Lambda gives a function its role's credentials so (Lambda developer guide, Defined runtime environment variables). */
async function credentialsOfEnvironment(): Promise<AwsCredentialIdentity> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = variables;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    const error = new Error('no credentials in the environment');
    error.name = 'CredentialsProviderError';
    throw error;
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}

/** Node's SHA-256 as the signatures want it. */
class Sha256 implements Checksum {
  readonly #hash;

  constructor(secret?: SourceData) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(chunk: SourceData): void {
    this.#hash.update(bytesOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): never {
    throw new Error('a hash is of one text');
  }
}

function bytesOf(data: SourceData): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

function requestOf(endpoint: URL, { target, body }: { target: string; body: string }): HttpRequest {
  return new HttpRequest({
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    ...(endpoint.port ? { port: Number(endpoint.port) } : {}),
    method: 'POST',
    path: endpoint.pathname,
    headers: {
      host: endpoint.host,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': target,
      'amz-sdk-invocation-id': randomUUID(),
    },
    body,
  });
}

/** Bytes are sent as base64, whatever else `Buffer` would say. */
function blobAsBase64(this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
  const own = this[name];
  return own instanceof Uint8Array ? Buffer.from(own).toString('base64') : value;
}

async function sign(signer: SignatureV4, request: HttpRequest): Promise<HttpRequest> {
  return HttpRequest.clone(await signer.sign(request));
}

async function answerOf({ statusCode, headers, body }: HttpResponse): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (statusCode === 200) return Object(JSON.parse(text || '{}'));
  throw serviceError(text, { statusCode, headers });
}

function serviceError(
  text: string,
  { statusCode, headers }: Pick<HttpResponse, 'statusCode' | 'headers'>,
): Error {
  const { __type: type, message, Message } = answerOrNothing(text);
  const error = new Error(String(message ?? Message ?? `HTTP status ${statusCode}`));
  // `com.amazonaws.dynamodb.v20120810#ThrottlingException`, with `:http://…` behind it where gateways are old.
  error.name = /([A-Za-z]+)(?::|$)/.exec(String(type ?? 'UnknownError'))?.[1] ?? 'UnknownError';
  const requestId = headers['x-amzn-requestid'];
  return Object.assign(error, { $metadata: { httpStatusCode: statusCode, requestId } });
}

function answerOrNothing(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

async function withRetries<T>(
  retries: StandardRetryStrategy,
  attempt: () => Promise<T>,
): Promise<T> {
  let token = await retries.acquireInitialRetryToken('');
  for (let attempts = 1; ; attempts++) {
    try {
      const answer = await attempt();
      retries.recordSuccess(token);
      return answer;
    } catch (thrown) {
      const error = withAttempts(thrown, attempts);
      const next = await retries
        .refreshRetryTokenForRetry(token, { error, errorType: errorTypeOf(error) })
        .catch(() => null);
      if (next === null) throw error;
      token = next;
    }
  }
}

function withAttempts(thrown: unknown, attempts: number): SdkError {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as SdkError;
  return Object.assign(error, { $metadata: { ...error.$metadata, attempts } });
}

function errorTypeOf(error: SdkError): RetryErrorType {
  if (isThrottlingError(error)) return 'THROTTLING';
  if (isTransientError(error)) return 'TRANSIENT';
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR';
}
