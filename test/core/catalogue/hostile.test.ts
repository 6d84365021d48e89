import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import { TITLE_LENGTH } from '../../../core/catalogue/cause.ts';
import { everywhere } from './contexts.ts';

const CANARY = 'canary';
const ATTACKS = [
  `$(: > ${CANARY})`,
  `\`: > ${CANARY}\``,
  `x; : > ${CANARY}; `,
  `'; : > ${CANARY}; '`,
  `"; : > ${CANARY}; "`,
  `\\'; : > ${CANARY}; \\'`,
  `x\n: > ${CANARY}\n`,
  `x\r\n: > ${CANARY}`,
  `x' | : > ${CANARY} | '`,
  `x && : > ${CANARY} #`,
  `\${x:-$(: > ${CANARY})}`,
  `--help $(: > ${CANARY})`,
  `-c ': > ${CANARY}'`,
  `.sock; : > ${CANARY}; proxy_pass http://`,
];

/** Every command runs, with harmless functions in the place of programs, so that each part of a chain is reached. */
const RUN_ALL = `
for name in sudo curl systemctl journalctl ss ls grep nginx tail df ps pgrep ip stat sed awk sort uniq head wc cat tee \
  openssl getent dig nc ping getenforce ausearch audit2allow semanage coredumpctl badgateway namei free nproc kubectl \
  sysctl chown chgrp; do
  eval "$name() { :; }" 2>/dev/null
done
while IFS= read -r line; do ( eval "$line" ) </dev/null >/dev/null 2>&1; done
: > finished`;

function runAll(shell: string, commands: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'badgateway-'));
  spawnSync(shell, ['-c', RUN_ALL], {
    cwd: directory,
    env: { PATH: '/nowhere' },
    input: `${commands.join('\n')}\n`,
  });
  const result = {
    isFinished: existsSync(join(directory, 'finished')),
    isHit: existsSync(join(directory, CANARY)),
  };
  rmSync(directory, { recursive: true });
  return result;
}

function commandsFor(attack: string): string[] {
  const context = everywhere(attack);
  const steps = Object.values(CATALOGUE).flatMap((cause) => cause.steps(context));
  return [...new Set(steps.flatMap(({ commands, verify }) => [...commands, ...verify]))];
}

describe('a text from a stranger', () => {
  test.each(['/bin/sh', '/bin/bash'])('is never run by %s, wherever it lands', (shell) => {
    for (const attack of ATTACKS) {
      const commands = commandsFor(attack);
      expect(commands.filter((command) => /[\n\r]/.test(command))).toEqual([]);
      expect(runAll(shell, commands), attack).toEqual({ isFinished: true, isHit: false });
    }
  });

  test('would be noticed by this test', () => {
    expect(runAll('/bin/sh', [`sudo true && curl $(: > ${CANARY})`]).isHit).toBe(true);
  });

  test('never becomes an option, a path with options, or a second word of a configuration', () => {
    for (const command of commandsFor('-rf /; x')) {
      if (!command.startsWith('curl') && !command.includes("'")) {
        expect(command).not.toContain('-rf /');
      }
    }
  });

  test('never makes a title longer than a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        for (const cause of Object.values(CATALOGUE)) {
          const title = cause.title(everywhere(text));
          expect([...title].length).toBeLessThanOrEqual(TITLE_LENGTH);
          expect(title).not.toMatch(/\n|\s\s/);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('never makes a step throw, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const cause of Object.values(CATALOGUE)) {
          expect(cause.steps(everywhere(text)).length).toBeGreaterThan(1);
        }
      }),
      { numRuns: 60 },
    );
  });
});
