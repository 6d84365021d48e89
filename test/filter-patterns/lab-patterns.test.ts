/** Over every recorded log: what core makes of the lines that pass is what it makes of all of them. */
import { describe, expect, it } from 'vitest';
import { filterPatternOf } from '../../core/config/filter-patterns.ts';
import type { LogRole, Signal } from '../../core/model.ts';
import { isErrorNoise } from '../../core/observe/error-noise.ts';
import { observeAccessLine } from '../../core/observe/request.ts';
import { observeGunicornEntry } from '../../core/observe/signal-gunicorn.ts';
import { SystemObserver } from '../../core/observe/signal-system.ts';
import { observeErrorLine } from '../../core/observe/upstream-error.ts';
import { unwrap } from '../../core/parse/envelope.ts';
import { type GunicornRequest, parseGunicornAccess } from '../../core/parse/gunicorn-access.ts';
import { GunicornAssembler } from '../../core/parse/gunicorn-entry.ts';
import { parseGunicornLine } from '../../core/parse/gunicorn-error.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../core/parse/log-format.ts';
import { parseSystemLine } from '../../core/parse/system.ts';
import { compilePattern } from './evaluate-pattern.ts';
import { labLogs } from './lab-logs.ts';
import { type Predicate, READINGS } from './pattern.ts';

const ABOUT = { host: 'web', origin: { path: 'log', lineNumber: 0 } };

function passOf(role: LogRole, format: string | null = null): readonly Predicate[] {
  const { pattern } = filterPatternOf({ role, format });
  return READINGS.map((reading) => compilePattern(pattern ?? '', reading));
}

/** The lines that pass; the same in both readings. */
function passing(lines: readonly string[], tests: readonly Predicate[]): readonly string[] {
  const [strict = [], lenient = []] = tests.map((test) => lines.filter((line) => test(line)));
  expect(lenient).toEqual(strict);
  return strict;
}

describe('access logs', () => {
  const judged = labLogs('access').flatMap(({ lines, format }) => {
    const compiled = NAMED_FORMATS[format ?? ''] ?? compileLogFormat(format ?? '');
    const passed = new Set(passing(lines, passOf('access', format)));
    return lines.map((line) => ({
      line,
      isKept: observeAccessLine(compiled, unwrap(line).text, ABOUT) !== null,
      isPassed: passed.has(line),
    }));
  });

  it('pass every request that core keeps', () => {
    const kept = judged.filter(({ isKept }) => isKept);
    expect(kept.filter(({ isPassed }) => !isPassed)).toEqual([]);
    expect(kept.length).toBeGreaterThan(1_500);
  });

  it('pass no other line, but for a status that a client wrote into a JSON line', () => {
    const rest = judged.filter(({ isKept }) => !isKept);
    const surplus = rest.filter(({ isPassed }) => isPassed);
    const isForged = (line: string) => line.includes('{\\"status\\":\\"502\\"}');
    expect(surplus.filter(({ line }) => !isForged(line))).toEqual([]);
    expect(surplus.length).toBeLessThan(5);
    expect(rest.length).toBeGreaterThan(4_500);
  });
});

describe('error logs', () => {
  it('pass every line that names a mechanism', () => {
    const tests = passOf('error');
    let named = 0;
    const held: string[] = [];
    for (const { lines } of labLogs('error')) {
      const passed = new Set(passing(lines, tests));
      for (const line of lines) {
        const { text, at } = unwrap(line);
        const about = { ...ABOUT, offsetMs: 0, at };
        const isNamed = !isErrorNoise(text) && observeErrorLine(text, about) !== null;
        if (isNamed) named++;
        if (isNamed && !passed.has(line)) held.push(line);
      }
    }
    expect(held).toEqual([]);
    expect(named).toBeGreaterThan(1_000);
  });
});

/** As the agent sends them with `multi_line_start_pattern`: a header and what follows it are one event. */
function eventsOf(lines: readonly string[]): readonly string[] {
  const events: string[] = [];
  for (const line of lines) {
    const isStart =
      events.length === 0 || /^(?:\[\d{4}-|\{|\S+ - - \[|[A-Z][a-z]{2} \d\d )/.test(line);
    if (isStart) events.push(line);
    else events.push(`${events.pop()}\n${line}`);
  }
  return events;
}

function gunicornSignals(events: readonly string[]): readonly Signal[] {
  const assembler = new GunicornAssembler({ keepsRequests: true });
  const entries = events.flatMap((event) => {
    const { text, at } = unwrap(event);
    return [...assembler.push(text, at, ABOUT.origin)];
  });
  return [...entries, ...assembler.flush()].flatMap(
    (entry) => observeGunicornEntry(entry, { host: 'web', undatedAt: 0 }) ?? [],
  );
}

describe('gunicorn logs', () => {
  const tests = passOf('gunicorn');
  const logs = labLogs('gunicorn');

  it.each([
    ['a line at a time', (lines: readonly string[]) => lines],
    ['an entry at a time', eventsOf],
  ])('give the same signals, %s', (_, toEvents) => {
    let signals = 0;
    for (const { name, lines } of logs) {
      const events = toEvents(lines);
      const all = gunicornSignals(events);
      expect(gunicornSignals(passing(events, tests)), name).toEqual(all);
      signals += all.length;
    }
    expect(signals).toBeGreaterThan(1_500);
  });

  it('pass no line of an access log that is no failure', () => {
    let healthy = 0;
    for (const line of logs.flatMap((log) => log.lines)) {
      // Of a line in a wrapper only the wrapper is seen: it passes.
      const isWrapped = /^[A-Z][a-z]{2} /.test(line);
      const request = isWrapped ? null : requestOf(line);
      if (request === null || line.startsWith('INFO')) continue;
      const isFailure = [500, 502, 504].includes(request.status);
      if (!isFailure) healthy++;
      expect(passing([line], tests).length, line).toBe(isFailure ? 1 : 0);
    }
    expect(healthy).toBeGreaterThan(100);
  });
});

/** Of a plain line, or in the message of a JSON logger. */
function requestOf(line: string): GunicornRequest | null {
  const { text } = unwrap(line);
  return parseGunicornAccess(parseGunicornLine(text)?.message ?? text);
}

function systemSignals(lines: readonly string[]): readonly Signal[] {
  const observer = new SystemObserver();
  const assembler = new GunicornAssembler();
  const tags = new Set<string>();
  const signals: Signal[] = [];
  for (const line of lines) {
    const envelope = unwrap(line);
    const parsed = parseSystemLine({ ...envelope, at: envelope.at ?? 0 }, tags);
    if (parsed.source !== 'gunicorn') {
      const signal = observer.observe(parsed, { ...ABOUT, line });
      if (signal !== null) signals.push(signal);
    } else {
      for (const entry of assembler.push(envelope.text, envelope.at, ABOUT.origin)) {
        const signal = observeGunicornEntry(entry, { host: 'web', undatedAt: 0 });
        if (signal !== null) signals.push(signal);
      }
    }
  }
  return signals;
}

describe('system logs', () => {
  it('give the same signals', () => {
    const logs = labLogs('system');
    for (const { name, lines } of logs) {
      const passed = passing(lines, passOf('system'));
      expect(systemSignals(passed), name).toEqual(systemSignals(lines));
    }
    expect(logs.flatMap((log) => systemSignals(log.lines)).length).toBeGreaterThan(4);
  });
});
