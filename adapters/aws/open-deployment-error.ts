/** What went wrong with a request that a command made of AWS, in words that the person at the terminal can act on. */
import { AppError } from '../../core/errors.ts';

/** What was asked of whom. */
export type CommandRequest = {
  /** `cloudformation:DescribeStacks`, as IAM names it. */
  readonly action: string;
  /** `null`: not known. */
  readonly region: string | null;
  /** Whether an endpoint of its own is set: an emulator. */
  readonly endpoint: string | null;
};

const NO_CREDENTIALS: ReadonlySet<string> = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'UnauthorizedException',
  'UnauthorizedSSOTokenError',
]);
const DENIED = /^(?:AccessDenied|AuthorizationError|UnauthorizedOperation|KMSAccessDenied)/;
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|SlowDown/;
/** Of Node: `ECONNREFUSED`, `ENOTFOUND`. */
const NETWORK_CODE = /^E[A-Z_]{3,}$/;

/** The `AppError` for it; what is no error of a request is a bug, and comes back as it is. */
export function commandError(error: unknown, request: CommandRequest): unknown {
  if (error instanceof AppError) return error;
  const { name, code, message } = factsOf(error);
  if (message === 'Region is missing') return noRegion(error);
  if (NO_CREDENTIALS.has(name)) return noCredentials(message, error);
  if (DENIED.test(name)) return denied(message, request, error);
  if (code !== '' || name === 'TimeoutError') return unreachable(code || name, request, error);
  if (!isOfService(error)) return error;
  const isBusy = THROTTLED.test(name);
  return new AppError(
    isBusy ? 'AwsThrottled' : 'AwsRefused',
    `${request.action} ${isBusy ? 'was throttled' : 'was refused'}: ${name}: ${message}`,
    isBusy ? { hint: 'wait a minute and try again', cause: error } : { cause: error },
  );
}

function factsOf(error: unknown): { name: string; code: string; message: string } {
  const { name, code, message } = Object(error) as Record<string, unknown>;
  return {
    name: String(name),
    code: typeof code === 'string' && NETWORK_CODE.test(code) ? code : '',
    message: String(message ?? ''),
  };
}

function isOfService(error: unknown): boolean {
  return Object(error).$metadata !== undefined;
}

function noRegion(cause: unknown): AppError {
  return new AppError('NoRegion', 'no AWS region is known: say in which one the stack is', {
    hint: 'give --region eu-west-1, or set AWS_REGION, or a region in the profile (aws configure)',
    cause,
  });
}

function noCredentials(message: string, cause: unknown): AppError {
  return new AppError('NoCredentials', `no AWS credentials that are taken: ${message}`, {
    hint: 'log in (aws sso login), or choose others: --profile NAME, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret',
    cause,
  });
}

/** `User: arn:… is not authorized to perform: logs:PutLogEvents on resource: …`. */
function denied(message: string, { action }: CommandRequest, cause: unknown): AppError {
  const missing = /perform: ([\w-]+:\w+)/.exec(message)?.[1] ?? action;
  const who = /User: (\S+) is not/.exec(message)?.[1] ?? 'the credentials in use';
  return new AppError('AwsDenied', `${who} may not do ${missing}`, {
    hint: `allow ${missing} to it, or use other credentials (--profile NAME); docs/operating.md lists what each command needs`,
    cause,
  });
}

function unreachable(
  what: string,
  { action, region, endpoint }: CommandRequest,
  cause: unknown,
): AppError {
  if (endpoint !== null) {
    return new AppError('AwsUnreachable', `no answer from ${endpoint} (${what})`, {
      hint: 'AWS_ENDPOINT_URL is set: start the emulator, or unset the variable to reach AWS',
      cause,
    });
  }
  return new AppError(
    'AwsUnreachable',
    `no answer from AWS in ${region ?? 'an unknown region'} to ${action} (${what})`,
    { hint: 'check the network and its proxy, and the name of the region', cause },
  );
}
