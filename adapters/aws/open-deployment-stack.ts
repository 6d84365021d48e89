import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  type Output,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { AppError } from '../../core/errors.ts';

/** The outputs of a deployment's stack, by the names that `lib/pipeline.ts` gives them. */
export type DeploymentOutputs = Readonly<Record<string, string>>;

type Send = <T>(action: string, request: () => Promise<T>) => Promise<T>;

/** Of more pages no account has stacks (CloudFormation's quota: 2,000 of them, 100 a page at the most). */
const MOST_PAGES = 100;

/** Throws `AppError` for a stack that is not there, and for one that is none of badgateway's. */
export async function findStack(
  name: string,
  config: CloudFormationClientConfig,
  send: Send,
): Promise<DeploymentOutputs> {
  const client = new CloudFormationClient(config);
  try {
    const stack = await describe(client, name, send);
    const outputs = stack === null ? null : outputsOf(stack);
    if (outputs !== null) return outputs;
    const others = await namesOfDeployments(client).catch(() => null);
    const region = await client.config.region();
    throw stack === null ? noStack(name, region, others) : notOurs(name, region, others);
  } finally {
    client.destroy();
  }
}

async function describe(
  client: CloudFormationClient,
  StackName: string,
  send: Send,
): Promise<Stack | null> {
  try {
    const { Stacks = [] } = await send('cloudformation:DescribeStacks', () =>
      client.send(new DescribeStacksCommand({ StackName })),
    );
    return Stacks[0] ?? null;
  } catch (error) {
    // CloudFormation has no error of its own for it, only this text.
    if (error instanceof AppError && /does not exist/.test(error.message)) return null;
    throw error;
  }
}

async function namesOfDeployments(client: CloudFormationClient): Promise<readonly string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await client.send(new DescribeStacksCommand({ NextToken }));
    for (const stack of answer.Stacks ?? []) {
      if (outputsOf(stack) !== null) names.push(stack.StackName ?? '');
    }
    NextToken = answer.NextToken;
    if (NextToken === undefined) break;
  }
  return names.sort();
}

/** In an app of one's own the names begin with `BadGateway`. */
const PREFIXES = ['', 'BadGateway'];
const NEEDED = ['DeploymentName', 'TableName', 'AlertTopicArn', 'EvaluateFunctionName'];

/** `null`: the stack is none of badgateway's. */
function outputsOf({ Outputs = [] }: Stack): DeploymentOutputs | null {
  const values = new Map(Outputs.map((output: Output) => [output.OutputKey, output.OutputValue]));
  const prefix = PREFIXES.find((text) => NEEDED.every((name) => values.has(text + name)));
  if (prefix === undefined) return null;
  const ours = [...values].flatMap(([key = '', value = '']) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  );
  return Object.fromEntries(ours);
}

function noStack(name: string, region: string, others: readonly string[] | null): AppError {
  return new AppError('NoSuchStack', `there is no stack "${name}" in ${region}`, {
    hint: hintOf(region, others),
  });
}

function notOurs(name: string, region: string, others: readonly string[] | null): AppError {
  return new AppError('NotADeployment', `stack "${name}" in ${region} is none of badgateway's`, {
    hint: hintOf(region, others),
  });
}

function hintOf(region: string, others: readonly string[] | null): string {
  if (others === null) {
    return 'give its name with --stack and its region with --region; these credentials may not list the stacks that are there';
  }
  if (others.length === 0) {
    return `no stack in ${region} is badgateway's: deploy one (npx cdk deploy), or give another --region or --profile`;
  }
  return `badgateway's stacks in ${region}: ${others.join(', ')}; give --stack ${others[0]}`;
}
