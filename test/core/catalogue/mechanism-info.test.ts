import { describe, expect, it } from 'vitest';
import { CAUSES, DISPOSITIONS } from '../../../core/catalogue/cause-ids.ts';
import { MECHANISM_INFO } from '../../../core/catalogue/mechanism-info.ts';
import { MECHANISMS } from '../../../core/model.ts';

const KNOWN: readonly string[] = [...CAUSES, ...DISPOSITIONS];

describe('MECHANISM_INFO', () => {
  it('has every mechanism and no other', () => {
    expect(Object.keys(MECHANISM_INFO).sort()).toEqual([...MECHANISMS].sort());
  });

  it.each(MECHANISMS)('explains %s', (id) => {
    const { title, causes, rule, source } = MECHANISM_INFO[id];
    expect(title).toMatch(/^[a-zNTG].{10,80}[^.]$/);
    expect(causes.length).toBeGreaterThan(0);
    expect(new Set(causes).size).toBe(causes.length);
    expect(causes.filter((cause) => !KNOWN.includes(cause))).toEqual([]);
    expect(rule.length).toBeGreaterThan(10);
    expect(source).toMatch(/^nginx src\/\w+\/[\w/]+\.c/);
  });
});
