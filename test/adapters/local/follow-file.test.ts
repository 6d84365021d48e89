import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FollowedFile, type FollowFrom } from '../../../adapters/local/follow-file.ts';
import { LONGEST_LINE, linesOf } from '../../../adapters/local/follow-lines.ts';

let directory: string;
let path: string;
let nowMs: number;
let open: FollowedFile[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-follow-'));
  path = join(directory, 'access.log');
  nowMs = 1_000_000;
  open = [];
});
afterEach(() => {
  for (const file of open) file.close();
  rmSync(directory, { recursive: true, force: true });
});

function follow(from: FollowFrom = { kind: 'end' }): FollowedFile {
  const file = new FollowedFile(path, from);
  open.push(file);
  return file;
}

/** The lines of one round, a second later. */
function round(file: FollowedFile, afterMs = 1_000): string[] {
  nowMs += afterMs;
  file.look(nowMs);
  const lines: string[] = [];
  for (let chunk = file.next(); chunk !== null; chunk = file.next()) {
    lines.push(...linesOf(chunk.bytes, chunk.offset).map(({ text }) => text));
    file.done(chunk);
  }
  return lines;
}

describe('a followed file', () => {
  it('gives what is written after the beginning, line by line', () => {
    writeFileSync(path, 'old\n');
    const file = follow();
    expect(round(file)).toEqual([]);
    appendFileSync(path, 'a\r\nb\n\nc');
    expect(round(file)).toEqual(['a', 'b']);
    expect(round(file)).toEqual([]);
    appendFileSync(path, 'c\n');
    expect(round(file)).toEqual(['cc']);
  });

  it('gives what is there when it is asked for', () => {
    writeFileSync(path, 'a\nb\n');
    expect(round(follow({ kind: 'start' }))).toEqual(['a', 'b']);
  });

  it('takes the line that is being written at the beginning as new', () => {
    writeFileSync(path, 'old\nhal');
    const file = follow();
    appendFileSync(path, 'f\n');
    expect(round(file)).toEqual(['half']);
  });

  it('waits for a file that is not there, and reads all of it', () => {
    const file = follow();
    expect(file.isThere).toBe(false);
    expect(round(file)).toEqual([]);
    writeFileSync(path, 'a\n');
    expect(round(file)).toEqual(['a']);
    expect(file.isThere).toBe(true);
  });

  it('goes on with the old file and the new one when it is renamed', () => {
    writeFileSync(path, 'a\n');
    const file = follow();
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'b\n');
    expect(round(file)).toEqual(['b']);
    writeFileSync(path, 'c\n');
    appendFileSync(`${path}.1`, 'd\n');
    expect(round(file)).toEqual(['d', 'c']);
    appendFileSync(`${path}.1`, 'late');
    expect(round(file)).toEqual([]);
    expect(round(file, 60_000)).toEqual(['late']);
    appendFileSync(`${path}.1`, ' too late\n');
    appendFileSync(path, 'e\n');
    expect(round(file)).toEqual(['e']);
  });

  it('reads a rotated file to its end before it closes it, however far behind it is', () => {
    writeFileSync(path, '');
    const file = follow();
    const line = 'x'.repeat(1_000);
    writeFileSync(path, `${line}\n`.repeat(2_000));
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'new\n');
    nowMs += 1_000;
    file.look(nowMs);
    const read: string[] = [];
    for (let turn = 0; turn < 20; turn++) {
      nowMs += 120_000;
      file.look(nowMs);
      const chunk = file.next();
      if (chunk === null) continue;
      read.push(...linesOf(chunk.bytes, 0).map(({ text }) => text));
      file.done(chunk);
    }
    expect(read.length).toBe(2_001);
    expect(read.at(-1)).toBe('new');
  });

  it('starts again when it is emptied, as copytruncate does', () => {
    writeFileSync(path, 'a long line\n');
    const file = follow();
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, 'b\n');
    expect(round(file)).toEqual(['b']);
  });

  it('sees that it was emptied though it is longer than before already', () => {
    writeFileSync(path, '');
    const file = follow();
    appendFileSync(path, 'a\n');
    expect(round(file)).toEqual(['a']);
    writeFileSync(path, 'b and more\nc\n');
    expect(round(file)).toEqual(['b and more', 'c']);
  });

  it('goes on when it vanishes and comes again', () => {
    writeFileSync(path, 'a\n');
    const file = follow({ kind: 'start' });
    expect(round(file)).toEqual(['a']);
    unlinkSync(path);
    expect(round(file)).toEqual([]);
    expect(round(file, 100_000)).toEqual([]);
    expect(round(file)).toEqual([]);
    expect(file.isThere).toBe(false);
    writeFileSync(path, 'b\n');
    expect(round(file)).toEqual(['b']);
  });

  it('reads a file once that is moved away and back', () => {
    writeFileSync(path, 'a\n');
    const file = follow({ kind: 'start' });
    expect(round(file)).toEqual(['a']);
    renameSync(path, `${path}.x`);
    round(file);
    round(file, 100_000);
    round(file);
    renameSync(`${path}.x`, path);
    appendFileSync(path, 'b\n');
    expect(round(file)).toEqual(['b']);
  });

  it('cuts a line that is too long and goes on with the next', () => {
    writeFileSync(path, '');
    const file = follow();
    appendFileSync(path, 'x'.repeat(3 * LONGEST_LINE));
    const [cut] = round(file);
    expect(cut?.length).toBe(LONGEST_LINE);
    appendFileSync(path, `${'x'.repeat(2 * LONGEST_LINE)}\nnext\n`);
    expect(round(file)).toEqual(['next']);
  });

  it('gives the same lines again until they are taken in', () => {
    writeFileSync(path, 'a\n');
    const file = follow({ kind: 'start' });
    expect(file.next()?.bytes.toString()).toBe('a\n');
    expect(file.next()?.bytes.toString()).toBe('a\n');
  });

  it('gives each line a place of its own through rotations and truncations', () => {
    writeFileSync(path, 'a\n');
    const file = follow({ kind: 'start' });
    const places: string[] = [];
    const step = (change: () => void) => {
      change();
      nowMs += 1_000;
      file.look(nowMs);
      for (let chunk = file.next(); chunk !== null; chunk = file.next()) {
        places.push(`${chunk.generation}.${chunk.offset}`);
        file.done(chunk);
      }
    };
    step(() => {});
    step(() => writeFileSync(path, 'b\nc\n'));
    step(() => truncateSync(path));
    step(() => writeFileSync(path, 'd\n'));
    step(() => renameSync(path, `${path}.1`));
    step(() => writeFileSync(path, 'e\n'));
    step(() => appendFileSync(`${path}.1`, 'f\n'));
    expect(new Set(places).size).toBe(5);
  });
});

describe('a followed file after a restart', () => {
  const restart = (before: FollowedFile) => {
    const position = before.position;
    before.close();
    if (position === null) throw new Error('it has no position');
    return follow({ kind: 'position', position });
  };

  it('goes on where it stopped', () => {
    writeFileSync(path, 'a\n');
    const first = follow({ kind: 'start' });
    expect(round(first)).toEqual(['a']);
    appendFileSync(path, 'b\n');
    expect(round(restart(first))).toEqual(['b']);
  });

  it('reads the rest of a file that was rotated meanwhile, and then the new one', () => {
    writeFileSync(path, 'a\n');
    const first = follow({ kind: 'start' });
    round(first);
    appendFileSync(path, 'b\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'c\n');
    const second = restart(first);
    expect(round(second)).toEqual(['b', 'c']);
    expect(second.position?.generation).toBe(2);
  });

  it('starts again with a file that was emptied or replaced meanwhile', () => {
    writeFileSync(path, 'a\n');
    const first = follow({ kind: 'start' });
    round(first);
    writeFileSync(path, 'longer\nthan before\n');
    const second = restart(first);
    expect(round(second)).toEqual(['longer', 'than before']);
    unlinkSync(path);
    writeFileSync(path, 'other\n');
    expect(round(restart(second))).toEqual(['other']);
  });
});
