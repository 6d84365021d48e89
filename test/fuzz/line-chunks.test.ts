import { expect, test } from 'vitest';
import { LineChunks } from '../../adapters/local/line-chunks.ts';
import { forEachLine } from '../../adapters/local/streams/log-stream.ts';
import { Material, makeInput } from './inputs.ts';
import { Random } from './random.ts';

/** Lines as they come out when the bytes come in pieces of any size. */
async function linesInPieces(bytes: Buffer, random: Random): Promise<string[]> {
  let at = 0;
  const chunks = new LineChunks((into, offset) => {
    const most = Math.min(into.length - offset, bytes.length - at);
    const count = Math.min(most, 1 + random.below(random.chance(0.5) ? 20 : 100_000));
    bytes.copy(into, offset, at, at + count);
    at += count;
    return random.chance(0.5) ? count : Promise.resolve(count);
  });
  const lines: string[] = [];
  for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
    forEachLine(chunk, (line) => lines.push(line));
  }
  return lines;
}

test('lines are the same whatever pieces their bytes come in', async () => {
  const material = new Material();
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const text = Array.from({ length: 1 + random.below(200) }, () => makeInput(material, random));
    const bytes = Buffer.from(text.join('\n').slice(0, 3_000_000), 'latin1');
    const wanted = bytes.toString('latin1').replace(/\n$/, '').split('\n');
    const got = await linesInPieces(bytes, random);
    expect(got, `seed ${seed}`).toEqual(wanted.map((line) => line.replace(/\r$/, '')));
  }
}, 60_000);
