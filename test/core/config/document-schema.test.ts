import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

/** What an editor makes of the file, not what we make of the schema that it is generated from. */
const text = readFileSync('docs/schema/config.json', 'utf8');
const forEditors = z.fromJSONSchema(JSON.parse(text));
const service = { name: 'shop', logs: { access: '/a' } };

describe('docs/schema/config.json', () => {
  it('accepts badgateway.example.yaml', () => {
    const document: unknown = parse(readFileSync('badgateway.example.yaml', 'utf8'));
    expect(forEditors.safeParse(document).error).toBeUndefined();
  });

  it('has patterns that mean the same with and without the flag u', () => {
    const patterns = [...text.matchAll(/"pattern": ("(?:[^"\\]|\\.)+")/g)].map(([, json]) =>
      String(JSON.parse(json ?? '')),
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, 'u')).not.toThrow();
      expect(pattern).not.toContain('\\p{');
    }
  });

  it.each([
    ['a misspelt key', { services: [{ ...service, log: {} }] }],
    ['a missing key', { services: [{ name: 'shop' }] }],
    ['a wrong name', { services: [{ ...service, name: 'My Shop' }] }],
    ['a time without unit', { services: [service], alerts: { policy: { window: 5 } } }],
    [
      'two ways to Slack',
      { services: [service], alerts: { slack: { webhookSecret: 'x', channelId: 'C1' } } },
    ],
  ])('refuses %s', (_name, document) => {
    expect(forEditors.safeParse(document).success).toBe(false);
  });
});
