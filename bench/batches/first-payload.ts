/** A fresh process that handles one payload in one way; prints how long that took in milliseconds. */
import { decodePlainly, decodeSized } from './decode.ts';
import { ingest } from './ours.ts';
import { readPayloads } from './payloads.ts';

const [file = '', index = '0', variant = 'ours'] = process.argv.slice(2);
const data = readPayloads(file)[Number(index)] ?? '';

const variants: Readonly<Record<string, (data: string) => unknown>> = {
  all: decodePlainly,
  sized: decodeSized,
  ours: ingest,
};
const take = variants[variant] ?? ingest;
const startedAt = performance.now();
take(data);
process.stdout.write(`${performance.now() - startedAt}\n`);
