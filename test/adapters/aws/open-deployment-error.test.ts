import { describe, expect, it } from 'vitest';
import { commandError } from '../../../adapters/aws/open-deployment-error.ts';
import { AppError } from '../../../core/errors.ts';

const REQUEST = { action: 'logs:PutLogEvents', region: 'eu-west-1', endpoint: null };

function failure(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, $metadata: {}, ...more });
}

const DENIAL =
  'User: arn:aws:iam::1:user/ann is not authorized to perform: logs:CreateLogStream on resource: x';

describe('an error of AWS', () => {
  it.each<[Error, string, string, string]>([
    [new Error('Region is missing'), 'NoRegion', 'no AWS region is known', '--region'],
    [
      failure('CredentialsProviderError', 'Could not load credentials from any providers'),
      'NoCredentials',
      'no AWS credentials that are taken: Could not load credentials from any providers',
      'aws sso login',
    ],
    [failure('ExpiredToken', 'it is expired'), 'NoCredentials', 'it is expired', '--profile'],
    [
      failure('AccessDeniedException', DENIAL),
      'AwsDenied',
      'arn:aws:iam::1:user/ann may not do logs:CreateLogStream',
      'allow logs:CreateLogStream',
    ],
    [
      failure('AccessDenied', 'no'),
      'AwsDenied',
      'the credentials in use may not do logs:PutLogEvents',
      'allow logs:PutLogEvents',
    ],
    [
      Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }),
      'AwsUnreachable',
      'no answer from AWS in eu-west-1 to logs:PutLogEvents (ENOTFOUND)',
      'network',
    ],
    [failure('ThrottlingException', 'slow'), 'AwsThrottled', 'was throttled', 'wait a minute'],
    [failure('ValidationError', 'odd'), 'AwsRefused', 'was refused: ValidationError: odd', ''],
  ])('%s is said with what to do', (error, code, message, hint) => {
    const said = commandError(error, REQUEST) as AppError;
    expect(said).toBeInstanceOf(AppError);
    expect(said.code).toBe(code);
    expect(said.message).toContain(message);
    expect(said.hint ?? '').toContain(hint);
  });

  it('of an emulator names the endpoint', () => {
    const error = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    const said = commandError(error, { ...REQUEST, endpoint: 'http://127.0.0.1:4566' });
    expect(said).toMatchObject({
      message: 'no answer from http://127.0.0.1:4566 (ECONNREFUSED)',
      hint: 'AWS_ENDPOINT_URL is set: start the emulator, or unset the variable to reach AWS',
    });
  });

  it('that is none stays a bug', () => {
    const bug = new TypeError('x is not a function');
    expect(commandError(bug, REQUEST)).toBe(bug);
  });
});
