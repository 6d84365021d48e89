import type { aws_kms as kms, aws_logs as logs, RemovalPolicy } from 'aws-cdk-lib';

/** What every part of one deployment is made with. */
export type Deployment = {
  /** Names its log groups, filters and metrics; unique in an account and Region. */
  readonly name: string;
  /** Encrypts all that is stored; keys of AWS by default. */
  readonly encryptionKey: kms.IKey | undefined;
  /** Of the functions' own logs, and of the log groups that are created. */
  readonly logRetention: logs.RetentionDays;
  /** Of the table and of the log groups that are created. */
  readonly removalPolicy: RemovalPolicy;
};

/** What can be chosen of it in an app. */
export type DeploymentSettings = {
  /** Names log groups, filters and metrics; unique in an account and Region. By default made from the stack's name. */
  readonly deploymentName?: string;
  /**
   * Encrypts table, queues, topic and log groups. All that must use it is allowed to, in its policy too if it was made
   * in this app. By default keys of AWS.
   */
  readonly encryptionKey?: kms.IKey;
  /** Of the functions' own logs and of log groups with `create: true`; one month by default. */
  readonly logRetention?: logs.RetentionDays;
  /** Of the table and of log groups with `create: true`; they are kept by default. */
  readonly removalPolicy?: RemovalPolicy;
};

/** What the names of the functions' own log groups begin with. */
export function ownLogGroups(deployment: string): string {
  return `/badgateway/${deployment}/`;
}
