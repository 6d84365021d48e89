import { TableError, type TableErrorCode } from '../../core/table-error.ts';

/** What a request was, to name it in an error. */
export type DynamodbRequest = {
  /** The IAM action without its service: `PutItem`. */
  readonly action: string;
  readonly tableName: string;
};

/** Names of errors of the service and of the SDK (DynamoDB developer guide, Error handling). */
const CODES: Readonly<Record<string, TableErrorCode>> = {
  ProvisionedThroughputExceededException: 'TableThrottled',
  ThrottlingException: 'TableThrottled',
  RequestLimitExceeded: 'TableThrottled',
  ResourceNotFoundException: 'TableMissing',
  AccessDeniedException: 'TableDenied',
  UnrecognizedClientException: 'TableDenied',
  InvalidClientTokenId: 'TableDenied',
  InvalidSignatureException: 'TableDenied',
  IncompleteSignatureException: 'TableDenied',
  MissingAuthenticationTokenException: 'TableDenied',
  ExpiredTokenException: 'TableDenied',
  CredentialsProviderError: 'TableDenied',
  TokenProviderError: 'TableDenied',
  TimeoutError: 'TableUnavailable',
  InternalServerError: 'TableUnavailable',
  ServiceUnavailable: 'TableUnavailable',
  TransactionInProgressException: 'TableUnavailable',
  ReplicatedWriteConflictException: 'TableUnavailable',
};

const PROBLEMS: Readonly<Partial<Record<TableErrorCode, string>>> = {
  TableThrottled: 'was throttled',
  TableMissing: 'found no such table',
  TableDenied: 'was not allowed',
  TableUnavailable: 'got no answer',
};

/** Node's codes for a connection that does not come about or breaks: `ECONNREFUSED`, `ENOTFOUND`, `EPIPE`. */
const NETWORK_CODE = /^E[A-Z_]{3,}$/;

/**
 * The `TableError` that says what went wrong with a request; what is none of its errors is a bug and comes back as
 * it is. Neither the text nor the cause of the service's error is kept: both can hold what was sent.
 */
export function dynamodbError(error: unknown, request: DynamodbRequest): unknown {
  const facts = factsOf(error);
  const code = codeOf(facts);
  if (code === null) return error;
  const detail = [facts.name, facts.requestId === '' ? '' : `request ${facts.requestId}`];
  const message = [
    `dynamodb:${request.action} on table "${request.tableName}"`,
    PROBLEMS[code] ?? 'was refused',
    `(${detail.filter(Boolean).join(', ')})`,
  ].join(' ');
  return new TableError(code, message, hintOf(code, facts, request));
}

type Facts = {
  readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  readonly hasNoRegion: boolean;
};

function factsOf(error: unknown): Facts {
  const { name, code, message, $metadata } = Object(error) as Record<string, unknown>;
  const { httpStatusCode, requestId } = Object($metadata) as Record<string, unknown>;
  const errno = typeof code === 'string' && NETWORK_CODE.test(code) ? code : '';
  return {
    name: errno || String(name),
    code: errno,
    status: typeof httpStatusCode === 'number' ? httpStatusCode : 0,
    requestId: typeof requestId === 'string' ? requestId : '',
    hasNoRegion: message === 'Region is missing',
  };
}

function codeOf({ name, code, status, hasNoRegion }: Facts): TableErrorCode | null {
  const known = CODES[name];
  if (known !== undefined) return known;
  if (code !== '' || status >= 500) return 'TableUnavailable';
  return status >= 400 || hasNoRegion ? 'TableRefused' : null;
}

function hintOf(code: TableErrorCode, facts: Facts, request: DynamodbRequest): { hint?: string } {
  if (facts.hasNoRegion) return { hint: 'set AWS_REGION to the region of the stack' };
  if (facts.name === 'AccessDeniedException')
    return { hint: `allow dynamodb:${request.action} on the table to the role in use` };
  if (code === 'TableDenied')
    return { hint: 'log in to AWS again, or look at the credentials in use' };
  return {};
}
