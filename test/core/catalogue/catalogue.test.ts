import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import { FAMILIES, TITLE_LENGTH } from '../../../core/catalogue/cause.ts';
import { CAUSES, type CauseId, DISPOSITIONS } from '../../../core/catalogue/cause-ids.ts';
import { RELOAD_NGINX } from '../../../core/catalogue/commands.ts';
import type { FixContext } from '../../../core/catalogue/fix-context.ts';
import { LINKS } from '../../../core/catalogue/links.ts';
import { PLACEHOLDERS } from '../../../core/catalogue/placeholders.ts';
import type { Fix } from '../../../core/diagnosis.ts';
import { NOTHING, ON_SOCKET, ON_TCP } from './contexts.ts';

const IDS = [...CAUSES, ...DISPOSITIONS];
const CONTEXTS = [
  ['nothing', NOTHING],
  ['everything, on TCP', ON_TCP],
  ['everything, on a socket', ON_SOCKET],
  ['gthread', { ...ON_TCP, workerClass: 'gthread' }],
  ['uvicorn', { ...ON_TCP, workerClass: 'uvicorn.workers.UvicornWorker' }],
  ['an old Gunicorn', { ...ON_TCP, gunicornVersion: '20.0.4' }],
  ['Gunicorn 24.0.0', { ...ON_TCP, gunicornVersion: '24.0.0' }],
  ['an exit code', { ...ON_TCP, reason: 'exit code 3' }],
  ['an address in use', { ...ON_TCP, reason: '[Errno 98] Address already in use' }],
  ['a missing directory', { ...ON_TCP, reason: '[Errno 2] No such file or directory' }],
  ['another host', { ...ON_TCP, upstreams: ['http://10.0.0.5:8000', 'http://10.0.0.6:8000'] }],
  ['IPv6', { ...ON_TCP, upstreams: ['http://[::1]:8000'] }],
  ['a group', { ...ON_TCP, upstreams: ['http://backend'] }],
  ['a POST', { ...ON_TCP, routes: ['POST /orders'], examplePath: '/orders' }],
] as const satisfies readonly (readonly [string, FixContext])[];

/** Runs a check on what a cause says in every context; a failure names the context. */
function inEveryContext(id: CauseId, check: (steps: readonly Fix[], title: string) => void): void {
  for (const [name, context] of CONTEXTS) {
    try {
      check(CATALOGUE[id].steps(context), CATALOGUE[id].title(context));
    } catch (error) {
      throw new Error(`when the evidence has ${name}`, { cause: error });
    }
  }
}

function lines(steps: readonly Fix[]): string[] {
  return steps.flatMap(({ commands, verify }) => [...commands, ...verify]);
}

describe('every cause', () => {
  test('stands under its own id, in the order of the contract', () => {
    expect(Object.keys(CATALOGUE)).toEqual(IDS);
    expect(Object.values(CATALOGUE).map(({ id }) => id)).toEqual(IDS);
  });

  test.each(IDS)('%s has texts, a family and documentation', (id) => {
    const { family, meaning, primary, corroboration, toConfirm, docs } = CATALOGUE[id];
    expect(FAMILIES).toContain(family);
    expect(family === 'disposition').toBe((DISPOSITIONS as readonly string[]).includes(id));
    for (const text of [meaning, primary, corroboration, toConfirm]) {
      expect(text.length).toBeGreaterThan(20);
    }
    expect(meaning.split(/[.:] [A-Z]/).length).toBeLessThanOrEqual(5);
    expect(docs.length).toBeGreaterThan(0);
    for (const url of docs) {
      expect(Object.values(LINKS)).toContain(url);
    }
  });

  test.each(IDS)('%s says something whole, whatever the evidence has', (id) => {
    inEveryContext(id, (steps, title) => {
      expect(title).toMatch(/[^.]$/);
      expect([...title].length).toBeLessThanOrEqual(TITLE_LENGTH);
      expect(steps.length).toBeGreaterThanOrEqual(2);
      expect(steps.length).toBeLessThanOrEqual(5);
      expect(steps[0]?.verify).not.toEqual([]);
      const texts = [title, ...steps.flatMap((step) => [step.title, step.why]), ...lines(steps)];
      for (const text of texts) {
        expect(text.replaceAll('/dev/null', '/dev/…')).not.toMatch(
          /undefined|null|NaN|\[object| {2}|^$/,
        );
      }
      for (const step of steps) {
        expect(step.title).toMatch(/[^.:]$/);
        expect(step.why).toMatch(/[.)]$/);
        expect(step.why.length).toBeLessThan(700);
      }
    });
  });
});

describe('every command', () => {
  test.each(IDS)('of %s is one line, and safe to copy', (id) => {
    inEveryContext(id, (steps) => {
      for (const line of lines(steps)) {
        expect(line).not.toMatch(/[\n\r\t]|fastcgi/);
        expect(line).not.toMatch(/\brm\b|setenforce|chmod 777|^umask/);
        expect(line).not.toMatch(/^proxy_pass (?!https?:\/\/)/);
        expect(line).not.toMatch(/proxy_pass https?:\/\/unix:(?!\/|SOCKET;)/);
        expect(line).toMatch(/^(?!#)|^# [\w .,:/@[\]-]+:$/);
      }
    });
  });

  test.each(IDS)('of %s that changes NGINX is followed by a tested reload', (id) => {
    inEveryContext(id, (steps) => {
      for (const { commands } of steps) {
        const at = commands.findLastIndex((command) => command.startsWith('# NGINX'));
        const after = at === -1 ? [RELOAD_NGINX] : commands.slice(at);
        expect(after.join('\n')).toContain(RELOAD_NGINX);
      }
    });
  });

  test.each(IDS)('that checks %s changes nothing', (id) => {
    inEveryContext(id, (steps) => {
      const checks = [...new Set(steps.flatMap(({ verify }) => verify))];
      expect(checks.length).toBeLessThanOrEqual(5);
      for (const check of checks) {
        expect(check).toMatch(LOOKS_ONLY);
      }
    });
  });
});

const LOOKS_ONLY =
  /^(sudo )?(-u \w+ )?(curl -s|ls -|ss -|systemctl (status|show|list-)|journalctl|tail -n|sysctl [^-]|nginx -[tT]|namei|getsebool|getent|dig|grep|ps -eo|pgrep -c|df|cat \/proc|auditctl -l|test -w|VENV\/bin\/python -c 'import )/;

describe('every placeholder', () => {
  test.each(IDS)('of %s is explained by the step that first uses it', (id) => {
    const seen = new Set<string>();
    for (const { commands, verify, why } of CATALOGUE[id].steps(NOTHING)) {
      for (const [name, meaning] of Object.entries(PLACEHOLDERS)) {
        const isUsed = [...commands, ...verify].some((line) =>
          new RegExp(`(?<![\\w$])${name}(?!\\w)`).test(line),
        );
        expect(why.includes(`${name} (${meaning})`)).toBe(isUsed && !seen.has(name));
        if (isUsed) {
          seen.add(name);
        }
      }
    }
  });

  test.each(IDS)('of %s is gone where the evidence has the value', (id) => {
    const tcp = lines(CATALOGUE[id].steps(ON_TCP)).join('\n');
    const socket = lines(CATALOGUE[id].steps(ON_SOCKET)).join('\n');
    expect(tcp).not.toMatch(/\b(UNIT|NAME)\b/);
    expect(socket).not.toMatch(/\b(UNIT|NAME|SOCKET)\b/);
  });

  test.each(IDS)('in %s is known: no other word in capitals needs filling in', (id) => {
    const known = new Set(
      ['MODULE:APP', ...Object.keys(PLACEHOLDERS)].flatMap((name) => name.split(':')),
    );
    const own = new Set([
      'TTIN',
      'TTOU',
      'HUP',
      'WORKER',
      'TIMEOUT',
      'SYN',
      'NGINX',
      'PYTHONFAULTHANDLER',
      'MAINPID',
      'NF',
      'PID',
      'TRANSPORT',
      'TLS',
      'L1',
    ]);
    const words =
      lines(CATALOGUE[id].steps(NOTHING))
        .join('\n')
        .match(/\b_?[A-Z][A-Z_]+\b/g) ?? [];
    expect(words.filter((word) => !known.has(word) && !own.has(word.replace(/^_/, '')))).toEqual(
      [],
    );
  });
});
