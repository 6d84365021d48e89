import { readFileSync } from 'node:fs';

/** The `awslogs.data` of every line of a payload file. */
export function readPayloads(path: string): string[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { awslogs: { data: string } }).awslogs.data);
}
