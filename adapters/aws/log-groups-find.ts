/** Which log groups there are for the names and `name*` prefixes of a configuration. */
import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroupsClient } from './log-groups-client.ts';

export type FoundGroup = {
  readonly name: string;
  /** Infrequent Access and Delivery groups take no filters. */
  readonly logGroupClass: string;
};

/** The group of that name, or all groups whose names begin so where a `*` ends it; none that a deployment writes. */
export async function findLogGroups(
  client: LogGroupsClient,
  deployment: string,
  name: string,
): Promise<readonly FoundGroup[]> {
  const isPrefix = name.endsWith('*');
  const prefix = isPrefix ? name.slice(0, -1) : name;
  const found: FoundGroup[] = [];
  let nextToken: string | undefined;
  do {
    // Without a prefix the parameter must not be there.
    const page = await client.describeLogGroups({
      ...(prefix === '' ? {} : { logGroupNamePrefix: prefix }),
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    found.push(...(page.logGroups ?? []).flatMap(foundGroup));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && !(!isPrefix && found.some((group) => group.name === name)));
  const wanted = isPrefix ? found : found.filter((group) => group.name === name);
  return wanted.filter((group) => !isOwnLogGroup(deployment, group.name));
}

function foundGroup({ logGroupName, logGroupClass }: LogGroup): FoundGroup[] {
  if (logGroupName === undefined) return [];
  return [{ name: logGroupName, logGroupClass: logGroupClass ?? 'STANDARD' }];
}

/** A function that is delivered what it logs itself never ends. */
export function isOwnLogGroup(deployment: string, name: string): boolean {
  if (name.startsWith('/badgateway/')) return true;
  return name.startsWith('/aws/lambda/') && name.includes(deployment);
}
