/**
 * What an error number means, whatever the system's words for it: glibc and musl disagree on the words for
 * one number, Linux, BSD and Windows on the number for one thing.
 */
export type ErrnoKind =
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'broken-pipe'
  | 'unreachable'
  | 'missing'
  | 'denied'
  | 'would-block'
  | 'no-address'
  | 'address-in-use'
  | 'no-family'
  | 'too-many-files'
  | 'other';

/** Linux, and the numbers below 35 that every Unix shares (errno-base.h); Windows sockets from 10,000. */
const KINDS: ReadonlyMap<number, ErrnoKind> = new Map<number, ErrnoKind>([
  [1, 'denied'],
  [2, 'missing'],
  [11, 'would-block'],
  [13, 'denied'],
  [20, 'missing'],
  [23, 'too-many-files'],
  [24, 'too-many-files'],
  [32, 'broken-pipe'],
  [97, 'no-family'],
  [98, 'address-in-use'],
  [99, 'no-address'],
  [100, 'unreachable'],
  [101, 'unreachable'],
  [104, 'reset'],
  [110, 'timeout'],
  [111, 'refused'],
  [112, 'unreachable'],
  [113, 'unreachable'],
  [10013, 'denied'],
  [10024, 'too-many-files'],
  [10047, 'no-family'],
  [10048, 'address-in-use'],
  [10049, 'no-address'],
  [10050, 'unreachable'],
  [10051, 'unreachable'],
  [10053, 'reset'],
  [10054, 'reset'],
  [10060, 'timeout'],
  [10061, 'refused'],
  [10064, 'unreachable'],
  [10065, 'unreachable'],
]);

/** BSD, macOS and Solaris numbers: something else on Linux, so the words have to agree. */
const FOREIGN_KINDS: ReadonlyMap<number, readonly [ErrnoKind, string]> = new Map<
  number,
  readonly [ErrnoKind, string]
>([
  [49, ['no-address', 'assign requested address']],
  [50, ['unreachable', 'Network is down']],
  [51, ['unreachable', 'Network is unreachable']],
  [54, ['reset', 'Connection reset']],
  [60, ['timeout', 'timed out']],
  [61, ['refused', 'Connection refused']],
  [64, ['unreachable', 'Host is down']],
  [65, ['unreachable', 'No route to host']],
  [126, ['no-address', 'assign requested address']],
  [128, ['unreachable', 'Network is unreachable']],
  [131, ['reset', 'Connection reset']],
  [145, ['timeout', 'timed out']],
  [146, ['refused', 'Connection refused']],
  [148, ['unreachable', 'No route to host']],
]);

/** The kind of `errno`; `message` is where its words stand. `other` when there is none or it says nothing here. */
export function errnoKind(errno: number | null, message: string): ErrnoKind {
  if (errno === null) return 'other';
  const kind = KINDS.get(errno);
  if (kind !== undefined) return kind;
  const foreign = FOREIGN_KINDS.get(errno);
  return foreign !== undefined && message.includes(`(${errno}: `) && message.includes(foreign[1])
    ? foreign[0]
    : 'other';
}
