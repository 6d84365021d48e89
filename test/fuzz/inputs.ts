/** What the targets are fed. All texts are byte strings; the same seed gives the same input. */
import { type Fixture, linesByRole, readFixtures } from './fixtures.ts';
import { mutate, wrap } from './mutate.ts';
import type { Random } from './random.ts';

const MEGABYTE = 1_000_000;

/** The recorded scenarios and their lines, read once. */
export class Material {
  readonly fixtures: readonly Fixture[] = readFixtures();
  readonly lines: readonly string[] = [...linesByRole(this.fixtures).values()].flat();
  readonly #pools = [...linesByRole(this.fixtures).values()];

  /** A recorded line, every role alike. */
  line(random: Random): string {
    return random.pick(random.pick(this.#pools));
  }
}

/** One input: mutated, wrapped or random lines, some of them very long. */
export function makeInput(material: Material, random: Random): string {
  const kind = random.next();
  if (kind < 0.1) return random.bytes(random.below(2_000));
  if (kind < 0.2) return wrap(material.line(random), random);
  if (kind < 0.22) return longLine(material, random);
  if (kind < 0.7) return mutate(material.line(random), random);
  return Array.from({ length: 1 + random.below(30) }, () => {
    const line = material.line(random);
    return random.chance(0.4) ? mutate(line, random) : line;
  }).join('\n');
}

/** A line of a megabyte: one piece of a real line, repeated in its middle. */
function longLine(material: Material, random: Random): string {
  const line = material.line(random);
  const at = random.below(line.length + 1);
  const piece = line.slice(at, at + 1 + random.below(40)) || random.bytes(3);
  return line.slice(0, at) + piece.repeat(Math.ceil(MEGABYTE / piece.length)) + line.slice(at);
}
