import { describe, expect, it } from 'vitest';
import { describeError } from '../../bin/cli-errors.ts';
import { describeProgress, Progress } from '../../bin/progress.ts';
import { renderOptionsFor } from '../../bin/terminal.ts';
import { AppError } from '../../core/errors.ts';
import { ansiStyle, plainStyle } from '../../core/messages/style.ts';

describe('renderOptionsFor', () => {
  const terminal = { isTTY: true, columns: 120 };

  it.each([
    ['a terminal', terminal, {}, { width: 120, style: ansiStyle, ascii: false }],
    ['a pipe', {}, {}, { width: 100, style: plainStyle, ascii: false }],
    ['a pipe with a width', {}, { COLUMNS: '80' }, { width: 80, style: plainStyle, ascii: false }],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, { width: 120, style: plainStyle, ascii: false }],
    [
      'an empty NO_COLOR',
      terminal,
      { NO_COLOR: '' },
      { width: 120, style: ansiStyle, ascii: false },
    ],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, { width: 120, style: plainStyle, ascii: true }],
    ['a C locale', terminal, { LANG: 'C' }, { width: 120, style: ansiStyle, ascii: true }],
    [
      'a locale that is overridden',
      terminal,
      { LC_ALL: 'C.utf8', LANG: 'C' },
      { width: 120, style: ansiStyle, ascii: false },
    ],
  ])('suits %s', (_name, output, environment, options) => {
    expect(renderOptionsFor(output, environment)).toEqual({ ...options, timeZone: 'UTC' });
  });
});

describe('Progress', () => {
  function progressOn(output: { isTTY?: boolean; columns?: number }) {
    const written: string[] = [];
    const clock = { nowMs: 0 };
    const write = (text: string) => written.push(text);
    const progress = new Progress({ ...output, write }, () => clock.nowMs);
    const reportAt = (nowMs: number) => {
      clock.nowMs = nowMs;
      progress.report({
        path: 'access.log',
        readBytes: nowMs * 1_048_576,
        totalBytes: 10_000 * 1_048_576,
      });
    };
    return { progress, written, reportAt };
  }

  it('says nothing of a short run', () => {
    const { progress, written, reportAt } = progressOn({ isTTY: true });
    for (const nowMs of [0, 500, 999]) reportAt(nowMs);
    progress.clear();
    expect(written).toEqual([]);
  });

  it('rewrites one line on a terminal and takes it away', () => {
    const { progress, written, reportAt } = progressOn({ isTTY: true, columns: 33 });
    for (const nowMs of [1_000, 1_050, 1_100]) reportAt(nowMs);
    progress.warn('odd \u001b[2J');
    expect(written).toEqual([
      '\r\u001b[Kreading access.log, 1,000 of 10…',
      '\r\u001b[Kreading access.log, 1,100 of 10…',
      '\r\u001b[K',
      'badgateway: warning: odd \\x1B[2J\n',
    ]);
  });

  it('writes a line every five seconds into a file', () => {
    const { written, reportAt } = progressOn({});
    for (const nowMs of [1_000, 3_000, 5_900, 6_000]) reportAt(nowMs);
    expect(written).toEqual([
      'reading access.log, 1,000 of 10,000 MB, 10 %\n',
      'reading access.log, 6,000 of 10,000 MB, 60 %\n',
    ]);
  });

  it('says what it can when the size is not known', () => {
    const read = { path: '-', readBytes: 5_000_000, totalBytes: null };
    expect(describeProgress(read)).toBe('reading standard input, 4 MB');
  });
});

describe('describeError', () => {
  const error = new AppError('NoSuchFile', 'a\u001b.log: there is no such file', {
    hint: 'try b.log',
  });

  it("shows a user's error as a sentence and a hint", () => {
    expect(describeError(error, { isDebug: false })).toBe(
      'badgateway: a\\x1B.log: there is no such file\n  try b.log',
    );
  });

  it('calls anything else a bug, with its stack only for --debug', () => {
    expect(describeError(new TypeError('x is undefined'), { isDebug: false })).toBe(
      'badgateway: this is a bug: x is undefined\n  please report it with what the same command prints with --debug',
    );
    const bug = new Error('outer', { cause: new Error('inner') });
    const shown = describeError(bug, { isDebug: true });
    expect(shown).toMatch(/Error: outer\n +at [\s\S]*caused by:\nError: inner\n +at /);
    expect(describeError('odd', { isDebug: true })).toContain('this is a bug: odd');
  });
});
