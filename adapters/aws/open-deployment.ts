/**
 * A deployed stack as the commands need it: found by its name, as whoever is at the terminal. Unlike the functions, it
 * uses all the ways of the SDK to find credentials and region. This module loads the SDK: import it when it is needed.
 */
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  DRILL_SERVICE,
  type LogGroupsContract,
  type ServiceContract,
} from '../../core/contract.ts';
import type { Table } from '../../core/table.ts';
import { dynamodbTable } from './dynamodb-table.ts';
import { commandError } from './open-deployment-error.ts';
import { findStack } from './open-deployment-stack.ts';
import { readLogGroups, readServices } from './read-environment.ts';

export type DeploymentRequest = {
  readonly stack: string;
  /** `null`: whatever the environment or the profile says. */
  readonly region: string | null;
  readonly profile: string | null;
  /** `AWS_ENDPOINT_URL`, for what is said of it. */
  readonly endpoint: string | null;
  readonly clock: () => number;
};

export type OpenDeployment = {
  readonly stack: string;
  readonly name: string;
  readonly region: string;
  readonly topicArn: string;
  readonly evaluateFunction: string;
  /** `null`: the stack is of a version that has none. */
  readonly drillLogGroup: string | null;
  readonly table: Table;
  /** What clients of other services are made with. */
  readonly clientConfig: ClientConfig;
  /** Makes one request; what it throws is an `AppError`, or a bug. */
  readonly send: <T>(action: string, request: () => Promise<T>) => Promise<T>;
};

type ClientConfig = {
  readonly region?: string;
  readonly profile?: string;
  readonly retryMode: 'standard';
  readonly maxAttempts: number;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
};

/** Throws `AppError` for what is not there, not allowed or not reachable. */
export async function openDeployment(request: DeploymentRequest): Promise<OpenDeployment> {
  const clientConfig = configOf(request);
  const send = senderOf(request);
  const outputs = await findStack(request.stack, clientConfig, send);
  // Whatever it was that told the SDK region and credentials, the table is asked with the same.
  const { config } = new STSClient(clientConfig);
  const { credentials } = config;
  const region = await config.region();
  const tableName = outputs.TableName ?? '';
  return {
    stack: request.stack,
    name: outputs.DeploymentName ?? '',
    region,
    topicArn: outputs.AlertTopicArn ?? '',
    evaluateFunction: outputs.EvaluateFunctionName ?? '',
    drillLogGroup: outputs.DrillLogGroupName ?? null,
    table: dynamodbTable({ tableName, clock: request.clock, config: { region, credentials } }),
    clientConfig,
    send,
  };
}

export type KnownServices = {
  readonly services: readonly ServiceContract[];
  readonly logGroups: LogGroupsContract;
};

/** What the deployed functions were told of the services; `null`: whoever asks may not read it. */
export async function servicesOf(deployment: OpenDeployment): Promise<KnownServices | null> {
  const client = new LambdaClient(deployment.clientConfig);
  try {
    const FunctionName = deployment.evaluateFunction;
    const { Environment } = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName }),
    );
    const variables = Environment?.Variables ?? {};
    const services = readServices(variables).filter(({ name }) => name !== DRILL_SERVICE.name);
    return { services, logGroups: readLogGroups(variables) };
  } catch {
    // It only makes messages better.
    return null;
  } finally {
    client.destroy();
  }
}

/** Who is at the terminal: the name of a user or of a role's session; `null`: AWS does not say. */
export async function callerName(deployment: OpenDeployment): Promise<string | null> {
  const client = new STSClient(deployment.clientConfig);
  try {
    const { Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    return Arn.slice(Arn.lastIndexOf('/') + 1).replace(/^arn:.*:/, '') || null;
  } catch {
    return null;
  } finally {
    client.destroy();
  }
}

function configOf({ region, profile }: DeploymentRequest): ClientConfig {
  return {
    ...(region === null ? {} : { region }),
    ...(profile === null ? {} : { profile }),
    retryMode: 'standard',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    },
  };
}

function senderOf({ region, endpoint }: DeploymentRequest): OpenDeployment['send'] {
  return async (action, request) => {
    try {
      return await request();
    } catch (error) {
      throw commandError(error, { action, region, endpoint });
    }
  };
}
