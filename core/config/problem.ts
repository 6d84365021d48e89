/** What is wrong with a configuration, in words: zod's issues and the checks of `overlaps.ts`. */
import type * as z from 'zod';
import { printableText } from '../messages/printable.ts';
import { didYouMean } from './did-you-mean.ts';

/** One thing that is wrong with a configuration. */
export type ConfigProblem = {
  /** Where: `services[0].logs.access[1].format`; empty for the whole. */
  readonly path: string;
  /** The same as keys and indexes. */
  readonly keys: readonly (string | number)[];
  /** The wrong value, shortened and safe to show; `null` when there is none. */
  readonly value: string | null;
  /** What is allowed, and what was given: `use true or false, not "yes"`. */
  readonly message: string;
};

/** A problem and where in its file it is: 1-based, `null` where the file has nothing to point at. */
export type LocatedProblem = ConfigProblem & {
  readonly line: number | null;
  readonly column: number | null;
};

type Issue = z.core.$ZodIssue;
type Keys = readonly PropertyKey[];

const LONGEST_VALUE = 60;
/** The URL of a webhook is a credential. */
const WEBHOOK = /hooks\.slack[^\s"']*/gi;

/** One line for a problem, without its position. */
export function renderProblem({ path, message }: ConfigProblem): string {
  return path === '' ? message : `${path}: ${message}`;
}

/** A problem of a value of `document` that is allowed by itself. */
export function problemAt(document: unknown, keys: readonly (string | number)[], message: string) {
  return { path: renderPath(keys), keys, value: show(valueAt(document, keys)), message };
}

/** The problems of `document`, from what zod says of it. */
export function problemsOf(document: unknown, issues: readonly Issue[]): ConfigProblem[] {
  return issues
    .flatMap((issue) => leavesOf(document, issue))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(issue, key))
        : [wrongValue(document, issue)],
    );
}

/** Of a choice, the problems of the alternative that was meant; where that cannot be told, the choice itself. */
function leavesOf(document: unknown, issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((branch) => !isOtherKind(branch));
  const placed = meant.map((branch) =>
    branch.map((inner): Issue => ({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const fitting =
    placed.length > 1
      ? placed.filter((branch) => !branch.some((inner) => isAboutKeys(document, inner)))
      : placed;
  const [only, ...others] = fitting;
  if (only === undefined || others.length > 0) return [issue];
  return only.flatMap((inner) => leavesOf(document, inner));
}

/** Whether an alternative wants a text where a list is, and so on. */
function isOtherKind(branch: readonly Issue[]): boolean {
  return branch.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        (issue.code === 'invalid_union' && issue.errors.every(isOtherKind))),
  );
}

function isAboutKeys(document: unknown, issue: Issue): boolean {
  return issue.code === 'unrecognized_keys' || valueAt(document, issue.path) === undefined;
}

function unknownKey({ path, message: known }: Issue, key: string): ConfigProblem {
  const keys = stepsOf([...path, key]);
  const near = didYouMean(key, known.split(', '));
  const message =
    near === null ? `is unknown, use one of ${known}` : `is unknown, did you mean ${near}?`;
  return { path: renderPath(keys), keys, value: null, message };
}

function wrongValue(document: unknown, issue: Issue): ConfigProblem {
  const keys = stepsOf(issue.path);
  const given = valueAt(document, keys);
  const value = show(given);
  const problem = { path: renderPath(keys), keys, value };
  if (given === undefined || given === null) {
    const what = given === null ? 'is empty' : 'is missing';
    const subject = keys.length === 0 ? 'it ' : '';
    return { ...problem, message: `${subject}${what}, ${issue.message}` };
  }
  const isComplete = issue.code === 'custom' && issue.params?.isComplete === true;
  const message = isComplete ? printableText(issue.message) : `${issue.message}, not ${value}`;
  return { ...problem, message };
}

function stepsOf(path: Keys): (string | number)[] {
  return path.map((key) => (typeof key === 'symbol' ? String(key) : key));
}

function valueAt(document: unknown, path: Keys): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A value in a message: a list or mapping is named, texts are cut, made printable and rid of webhooks. */
export function show(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return `"${shorten(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const kind = Array.isArray(value) ? 'list' : 'mapping';
  return Object.keys(value).length === 0 ? `an empty ${kind}` : `a ${kind}`;
}

function shorten(given: string): string {
  const text = given.replace(WEBHOOK, 'hooks.slack…');
  const characters = Array.from(text.slice(0, 2 * LONGEST_VALUE));
  const isShort = text.length <= 2 * LONGEST_VALUE && characters.length <= LONGEST_VALUE;
  return printableText(isShort ? text : `${characters.slice(0, LONGEST_VALUE - 1).join('')}…`);
}

function renderPath(keys: readonly (string | number)[]): string {
  return keys
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      return /^[A-Za-z_][\w-]{0,60}$/.test(key) ? `.${key}` : `["${shorten(key)}"]`;
    })
    .join('')
    .replace(/^\./, '');
}
