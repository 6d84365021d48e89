/**
 * What the SDK would look up in `~/.aws/config` at its first request unless it is told. A function has no such file;
 * endpoint, Region and credentials come from its environment all the same.
 */
export const NOTHING_TO_LOOK_UP = {
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  defaultsMode: 'standard',
  userAgentAppId: 'badgateway',
} as const;
