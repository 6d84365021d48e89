/** Reads `badgateway.yaml`, at synthesis and for the command line. */
import { readFileSync, statSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Config } from '../../core/config/config.ts';
import {
  type ConfigProblem,
  type LocatedProblem,
  renderProblem,
} from '../../core/config/problem.ts';
import { badConfiguration, parseConfig } from '../../core/config/schema.ts';
import { AppError } from '../../core/errors.ts';
import { printableText } from '../../core/messages/printable.ts';

/** The configuration of a file, or everything that is wrong with it. */
export type ReadConfig =
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly LocatedProblem[] };

type YamlFile = { readonly path: string; readonly text: string; readonly lines: LineCounter };

const MOST_BYTES = 1_048_576;
/** Nodes that all aliases together may stand for; more is an attempt to fill the memory. */
const MOST_ALIASED = 1_000;
const WHERE_TO_START = 'start from badgateway.example.yaml; docs/configuration.md has every key';

/** The configuration of a file. Throws one `AppError` that lists all problems with their lines, or says why it cannot be read. */
export function loadConfig(path: string): Config {
  const { config, problems } = readConfig(path);
  if (config !== null) return config;
  throw badConfiguration(
    path,
    problems.map((problem) => renderLocated(path, problem)),
  );
}

/** The configuration of a file or its problems, in the order of its lines. Throws an `AppError` when it cannot be read as YAML. */
export function readConfig(path: string): ReadConfig {
  const file = { path, text: readText(path), lines: new LineCounter() };
  const yaml = parseYaml(file);
  const document = javaScriptOf(file, yaml);
  if (document === null) throw empty(file);
  const { config, problems } = parseConfig(document);
  if (config !== undefined) return { config, problems: [] };
  const located = problems.map((problem) => ({ ...problem, ...locate(file, yaml, problem) }));
  return { config: null, problems: located.sort(byPosition) };
}

/** `badgateway.yaml:4:11: services[0].name: …`, as editors and terminals link it. */
export function renderLocated(path: string, problem: LocatedProblem): string {
  const position = problem.line === null ? '' : `:${problem.line}:${problem.column}`;
  return `${path}${position}: ${renderProblem(problem)}`;
}

function readText(path: string): string {
  const bytes = readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('BadEncoding', `${path}: this is no UTF-8 text: save it as UTF-8`);
  }
}

function readBytes(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) {
      throw new AppError('NoFile', `${path}: this is no file: give a badgateway.yaml`);
    }
    if (stat.size > MOST_BYTES) {
      throw new AppError(
        'TooLarge',
        `${path}: ${stat.size} bytes are too many for a configuration: at most ${MOST_BYTES}`,
      );
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof AppError || !(error instanceof Error)) throw error;
    const isMissing = 'code' in error && error.code === 'ENOENT';
    throw isMissing
      ? new AppError('NoSuchFile', `${path}: there is no such file`, { hint: WHERE_TO_START })
      : new AppError('Unreadable', `${path}: it cannot be read: ${error.message}`, {
          cause: error,
        });
  }
}

/** The only document of a file; everything that YAML leaves open is refused. */
function parseYaml(file: YamlFile): Document {
  const [first, second] = parsedDocuments(file);
  if (first === undefined) throw empty(file);
  const error = [...first.errors, ...first.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (error !== undefined) throw badYaml(file, error.pos[0], wordsOf(file, error));
  if (second !== undefined) {
    const words = 'a second document starts here: keep one, without --- between';
    throw badYaml(file, offsetOf(second.contents) ?? 0, words);
  }
  return first;
}

function parsedDocuments(file: YamlFile): Document[] {
  try {
    return parseAllDocuments(file.text, {
      lineCounter: file.lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'silent',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badYaml(file, 0, 'lists or mappings are nested too deep');
  }
}

function javaScriptOf(file: YamlFile, yaml: Document): unknown {
  try {
    return yaml.toJS({ maxAliasCount: MOST_ALIASED });
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    const words = error.message.startsWith('Excessive alias count')
      ? `its aliases (*name) stand for more than ${MOST_ALIASED} values: write them out`
      : lowerFirst(error.message);
    throw badYaml(file, null, words);
  }
}

function wordsOf({ text }: YamlFile, { code, message, pos }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]*/.exec(text.slice(pos[0], pos[0] + 80))?.[0];
    return `the key ${key} is in this mapping twice: keep one`;
  }
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line: use spaces';
  return lowerFirst(message);
}

function empty({ path }: YamlFile): AppError {
  const message = `${path}: this file is empty`;
  return new AppError('EmptyConfiguration', message, { hint: WHERE_TO_START });
}

function badYaml(file: YamlFile, offset: number | null, words: string): AppError {
  const where = offset === null ? null : file.lines.linePos(offset);
  const position = where === null ? '' : `:${where.line}:${where.col}`;
  return new AppError('BadYaml', `${file.path}${position}: ${printableText(words)}`);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Where the key or list item of a problem starts; what it is missing from, when it is missing. */
function locate(file: YamlFile, yaml: Document, { keys }: ConfigProblem) {
  let node: unknown = yaml.contents;
  let offset = offsetOf(node);
  for (const key of keys) {
    const [at, next] = stepInto(isAlias(node) ? node.resolve(yaml) : node, key);
    if (at === null) break;
    offset = at;
    node = next;
  }
  if (offset === null) return { line: null, column: null };
  const { line, col } = file.lines.linePos(offset);
  return { line, column: col };
}

/** Where a member starts, and its value; `null` when there is none. */
function stepInto(node: unknown, key: string | number): readonly [number | null, unknown] {
  if (isSeq(node)) {
    const item = typeof key === 'number' ? node.items[key] : null;
    return [offsetOf(item), item];
  }
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  return [offsetOf(pair?.key), pair?.value];
}

function offsetOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}

function byPosition(a: LocatedProblem, b: LocatedProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
