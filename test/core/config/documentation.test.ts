import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { documentSchema } from '../../../core/config/document-schema.ts';

/** The names of all keys in a JSON Schema. */
function keysIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const properties: unknown = Reflect.get(schema, 'properties');
  const own = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return [...own, ...Object.values(schema).flatMap(keysIn)];
}

it.each(['docs/configuration.md', 'badgateway.example.yaml'])('%s has every key', (path) => {
  const text = readFileSync(path, 'utf8');
  const keys = new Set(keysIn(z.toJSONSchema(documentSchema)));
  expect(keys.size).toBeGreaterThan(20);
  expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).toEqual([]);
});
