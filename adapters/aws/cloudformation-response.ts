/** How a function that stands behind a custom resource answers CloudFormation. */
import { AppError } from '../../core/errors.ts';

/** What CloudFormation sends a custom resource's function (AWS CloudFormation, "Custom resource request types"). */
export type CustomResourceEvent = {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
};

export type CustomResourceAnswer = {
  readonly status: 'SUCCESS' | 'FAILED';
  /** Why it failed. */
  readonly reason?: string;
  /** Attributes of the resource. */
  readonly data?: Readonly<Record<string, string>>;
};

/** The answer's limit is 4,096 bytes; the names in it take some. */
const MOST_TEXT_BYTES = 2048;
const ATTEMPTS = 4;
const TIMEOUT_MS = 10_000;

/**
 * Sends the answer, a few times if need be: CloudFormation waits an hour for one that is lost. Throws an `AppError`,
 * never with the URL, which is as good as a password until it expires.
 */
export async function answerCloudFormation(
  event: CustomResourceEvent,
  answer: CustomResourceAnswer,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const body = Buffer.from(JSON.stringify(bodyOf(event, answer)));
  let failure = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    failure = await put(event.ResponseURL, body);
    if (failure === '') return;
    if (attempt < ATTEMPTS) await wait(500 * 2 ** attempt);
  }
  throw new AppError('NoAnswer', `CloudFormation could not be answered: ${failure}`);
}

function bodyOf(event: CustomResourceEvent, { status, reason, data }: CustomResourceAnswer) {
  const texts = Object.entries(data ?? {}).map(([key, text]) => [key, cut(text)]);
  return {
    Status: status,
    Reason: cut(reason ?? 'see the log of the function'),
    PhysicalResourceId: event.PhysicalResourceId ?? event.LogicalResourceId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: Object.fromEntries(texts),
  };
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_TEXT_BYTES) return text;
  return `${bytes
    .subarray(0, MOST_TEXT_BYTES - 8)
    .toString('utf8')
    .replace(/\ufffd+$/, '')} …`;
}

/** What went wrong, or nothing. The URL is signed for a request without a content type. */
async function put(url: string, body: Buffer<ArrayBuffer>): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body,
      headers: { 'content-type': '' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.ok ? '' : `HTTP status ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown error';
  }
}
