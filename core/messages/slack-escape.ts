const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Escaped for mrkdwn (https://docs.slack.dev/messaging/formatting-message-text) and cut to `limit` characters, never
 * inside an entity or a character.
 */
export function escapedForSlack(text: string, limit: number): string {
  let out = '';
  for (const char of text) {
    const safe = ENTITIES[char] ?? char;
    if (out.length + safe.length > limit - 1) return `${out}\u2026`;
    out += safe;
  }
  return out;
}
