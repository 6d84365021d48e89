/** Compressed logs are told by their first bytes: `logrotate` names them as it likes. */
export type Compression = 'gzip' | 'bzip2' | 'zstd';

/** The compression a file starts with, or `null` (RFC 1952; bzip2's `BZh`; RFC 8878). */
export function sniffCompression(head: Buffer): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(0, 3).toString('latin1') === 'BZh') return 'bzip2';
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return null;
}
