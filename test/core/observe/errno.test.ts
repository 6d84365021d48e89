import { describe, expect, it } from 'vitest';
import { errnoKind } from '../../../core/observe/errno.ts';

describe('errnoKind', () => {
  it.each([
    [111, 'connect() failed (111: Connection refused)', 'refused'],
    [111, 'connect() failed (111: Verbindungsaufbau abgelehnt)', 'refused'],
    [10061, 'connect() failed (10061: …)', 'refused'],
    [61, 'connect() failed (61: Connection refused)', 'refused'],
    [61, 'connect() failed (61: No data available)', 'other'],
    [146, 'connect() failed (146: Connection refused)', 'refused'],
    [5, 'connect() failed (5: Input/output error)', 'other'],
    [null, 'connect() failed', 'other'],
  ])('of %s in %j is %s', (errno, message, kind) => {
    expect(errnoKind(errno, message)).toBe(kind);
  });
});
