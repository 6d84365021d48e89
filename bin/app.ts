/**
 * The app of `cdk.json`: one stack, of `badgateway.yaml` or, for a first try without it, of what `-c` says. Needs
 * neither credentials nor a network.
 *
 * `-c config=FILE` reads another file, `-c name=NAME` names the stack and its deployment.
 */
import { existsSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { loadConfig } from '../adapters/local/read-config.ts';
import type { Config } from '../core/config/config.ts';
import { checkContext } from '../core/config/quick-start.ts';
import { AppError } from '../core/errors.ts';
import { BadGatewayStack } from '../lib/stack.ts';
import { reportError } from './cli-errors.ts';

const FILE = 'badgateway.yaml';
const NAME = 'badgateway';

try {
  const app = new App();
  const context = (key: string): unknown => app.node.tryGetContext(key);
  new BadGatewayStack(app, String(context('name') ?? NAME), { config: configOf(context) });
} catch (error) {
  process.exitCode = reportError(error, { isDebug: process.env.CDK_DEBUG !== undefined });
}

function configOf(context: (key: string) => unknown): Config {
  const given = context('config');
  const quick = checkContext(context);
  const file = given === undefined ? FILE : String(given);
  const isThere = given !== undefined || existsSync(file);
  if (quick === null && isThere) return loadConfig(file);
  if (quick !== null && !isThere) return quick;
  throw isThere ? bothGiven(file) : noneGiven();
}

function bothGiven(file: string): AppError {
  return new AppError(
    'TwoConfigurations',
    `both ${file} and options (-c) say what to watch: leave the options out, or move the file away`,
  );
}

function noneGiven(): AppError {
  return new AppError('NoConfiguration', `no ${FILE} in ${process.cwd()}`, {
    hint: 'write one, or for a first try: npx cdk deploy -c email=YOU@EXAMPLE.COM -c access=LOG_GROUP -c error=LOG_GROUP -c gunicorn=LOG_GROUP',
  });
}
