/** Less than this leaves too little garbage behind to matter, and a growing young heap is a tenth faster. */
const LARGE_BYTES = 256 * 1024 * 1024;

/**
 * Keeps the heap small from now on when there is much to read (`null`: nobody knows how much). A long log makes much
 * garbage and keeps little; left alone, V8 lets the garbage of a gigabyte of logs grow to 250 MB before it looks
 * (docs/performance.md).
 */
export async function keepHeapSmall(totalBytes: number | null): Promise<void> {
  if (totalBytes !== null && totalBytes < LARGE_BYTES) return;
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}
