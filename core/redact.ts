/**
 * Takes secrets and personal data out of log texts: values of query strings, credentials, e-mail addresses; of client
 * addresses the last part. One pass, time in proportion to the length, no regular expression that could take longer.
 * The shape of a line stays, and the same text always gives the same, so that what is left can still be parsed and
 * compared.
 */
import { Scanner } from './redact/scanner.ts';

/** What is taken out; `extra` are names of further keys (`card_number`) whose values are, in any case and spelling. */
export type Redaction = {
  readonly queries: boolean;
  readonly tokens: boolean;
  readonly emails: boolean;
  readonly addresses: boolean;
  readonly extra: readonly string[];
};

export type TextRules = {
  /** `mark`: of a query a short hash is left (`?~k3f9a`), so that two requests can be told apart; `hide`: nothing. */
  readonly queries: 'mark' | 'hide';
  /** `public`: private addresses are those of our own machines; `all`: they too are clients'. */
  readonly addresses: 'public' | 'all';
  /** Addresses that stay: those of upstreams. */
  readonly keep: readonly string[];
};

export const REDACT_ALL: Redaction = {
  queries: true,
  tokens: true,
  emails: true,
  addresses: true,
  extra: [],
};

/** For texts that leave the table. */
const HIDE_ALL: TextRules = { queries: 'hide', addresses: 'public', keep: [] };

/** The text without what `redaction` says. At most twice as long; doing it again changes nothing more. */
export function redactText(
  text: string,
  redaction: Redaction,
  rules: Partial<TextRules> = {},
): string {
  if (!isAny(redaction)) return text;
  return new Scanner(text, redaction, { ...HIDE_ALL, ...rules }).run();
}

function isAny({ queries, tokens, emails, addresses, extra }: Redaction): boolean {
  return queries || tokens || emails || addresses || extra.length > 0;
}
