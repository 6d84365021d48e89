import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, readConfig, renderLocated } from '../../../adapters/local/read-config.ts';
import { AppError } from '../../../core/errors.ts';

const VALID = 'services: [{ name: shop, logs: { access: /a } }]\n';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'badgateway-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(content: string | Uint8Array): string {
  const path = join(directory, 'badgateway.yaml');
  writeFileSync(path, content);
  return path;
}

function refusalOf(path: string): string {
  try {
    return JSON.stringify(loadConfig(path));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${error.code} ${error.message.replaceAll(`${directory}/`, '')}`;
  }
}

describe('loadConfig', () => {
  it('reads a file, with or without a byte order mark', () => {
    for (const content of [VALID, `\ufeff${VALID}`, VALID.replace('\n', '\r\n')]) {
      expect(loadConfig(fileOf(content)).services).toMatchObject([{ name: 'shop' }]);
    }
  });

  it('follows aliases', () => {
    const content = `services:
  - { name: shop, logs: { access: /a }, gunicorn: &gunicorn { version: "23.0.0" } }
  - { name: blog, logs: { access: /b }, gunicorn: *gunicorn }
`;
    expect(loadConfig(fileOf(content)).services[1]?.gunicorn.version).toBe('23.0.0');
  });

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'EmptyConfiguration badgateway.yaml: this file is empty'],
    ['comments', '# later\n---\n', 'EmptyConfiguration badgateway.yaml: this file is empty'],
    [
      'two documents',
      `${VALID}---\n${VALID}`,
      'BadYaml badgateway.yaml:3:1: a second document starts here: keep one, without --- between',
    ],
    [
      'a key twice',
      `${VALID}alerts: {}\nalerts: {}\n`,
      'BadYaml badgateway.yaml:3:1: the key alerts is in this mapping twice: keep one',
    ],
    [
      'a tab',
      'services:\n\t- name: shop\n',
      'BadYaml badgateway.yaml:2:1: a tab indents this line: use spaces',
    ],
    [
      'wrong indents',
      'services:\n  - name: shop\n   logs: 3\n',
      'BadYaml badgateway.yaml:3:1: sequence item without - indicator',
    ],
    [
      'an open bracket',
      'services: [\n',
      'BadYaml badgateway.yaml:2:1: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'a tag',
      'services: !!js/function "x"\n',
      'BadYaml badgateway.yaml:1:11: unresolved tag: tag:yaml.org,2002:js/function',
    ],
    [
      'a key that is no text',
      '[a]: 1\n',
      'BadYaml badgateway.yaml:1:1: with stringKeys, all keys must be strings',
    ],
    [
      'an unknown alias',
      'services: *later\n',
      'BadYaml badgateway.yaml: unresolved alias (the anchor must be set before the alias): later',
    ],
    [
      'a bomb of aliases',
      'a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d]\n',
      'BadYaml badgateway.yaml: its aliases (*name) stand for more than 1000 values: write them out',
    ],
    [
      'bytes that are no text',
      Uint8Array.of(0xff, 0xfe, 0x61, 0),
      'BadEncoding badgateway.yaml: this is no UTF-8 text: save it as UTF-8',
    ],
    [
      'a megabyte',
      'a'.repeat(1_048_577),
      'TooLarge badgateway.yaml: 1048577 bytes are too many for a configuration: at most 1048576',
    ],
  ])('refuses %s', (_name, content, refusal) => {
    expect(refusalOf(fileOf(content))).toBe(refusal);
  });

  it('refuses what is nested without end', () => {
    expect(refusalOf(fileOf('['.repeat(200_000)))).toContain('BadYaml badgateway.yaml');
  });

  it('refuses a missing file and a directory', () => {
    expect(refusalOf(join(directory, 'no.yaml'))).toBe('NoSuchFile no.yaml: there is no such file');
    expect(refusalOf(directory)).toContain('this is no file');
  });
});

describe('readConfig', () => {
  it('says the line and column of each problem, in their order', () => {
    const content = `transport: kinesis
services:
  - name: Shop
    logs: &logs
      acess: /a
      error:
        - /e
        - name: /f
          create: yes
  - logs: *logs
  - name: "b"
    logs:
`;
    const { problems } = readConfig(fileOf(content));
    const lines = problems.map((problem) => renderLocated('badgateway.yaml', problem));
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "badgateway.yaml:1:1: transport: use lambda until kinesis is available, not "kinesis"
      badgateway.yaml:3:5: services[0].name: use lower-case letters, digits and -, a letter first, at most 32 characters, not "Shop"
      badgateway.yaml:5:7: services[0].logs.acess: is unknown, did you mean access?
      badgateway.yaml:5:7: services[1].logs.acess: is unknown, did you mean access?
      badgateway.yaml:7:11: services[1].logs.error[0]: give "/e" to one service, it is in services[0].logs.error too and every failure would count for both
      badgateway.yaml:8:11: services[1].logs.error[1]: give "/f" to one service, it is in services[0].logs.error too and every failure would count for both
      badgateway.yaml:9:11: services[0].logs.error[1].create: use true or false, not "yes"
      badgateway.yaml:9:11: services[1].logs.error[1].create: use true or false, not "yes"
      badgateway.yaml:10:5: services[1].name: is missing, use lower-case letters, digits and -, a letter first, at most 32 characters
      badgateway.yaml:12:5: services[2].logs: is empty, use a mapping from access, error, gunicorn, system and app to log groups"
    `);
  });

  it('points at an alias for what is wrong behind it', () => {
    const content = `services:
  - { name: a, logs: { access: /a }, gunicorn: &gunicorn { version: 23 } }
  - { name: b, logs: { access: /b }, gunicorn: *gunicorn }
`;
    expect(readConfig(fileOf(content)).problems).toMatchObject([
      { path: 'services[0].gunicorn.version', line: 2, column: 60 },
      { path: 'services[1].gunicorn.version', line: 2, column: 60 },
    ]);
  });
});

describe('badgateway.example.yaml', () => {
  const text = readFileSync('badgateway.example.yaml', 'utf8');

  it('is valid', () => {
    expect(loadConfig('badgateway.example.yaml').services[0]?.logs).toMatchObject({
      access: [{ name: '/shop/nginx/access' }],
      system: [{ name: '/shop/journal' }],
    });
  });

  it('is valid with its optional parts too', () => {
    const all = text
      .replaceAll(
        /^( +)# (- name: | {2}format: | {2}pattern: | {2}create: |- \/|app: |streams: )/gm,
        '$1$2',
      )
      .replace(/^ {2}# (slack: \{.*\})$/m, '  $1');
    const config = loadConfig(fileOf(all));
    expect(config.services[0]).toMatchObject({
      logs: {
        access: [
          {},
          { format: 'badgateway', pattern: '', create: true },
          { name: '/shop/canary/*' },
        ],
      },
      streams: ['nginx/{host}/*'],
    });
    expect(config.alerts.slack).toMatchObject({ kind: 'chat' });
  });
});
