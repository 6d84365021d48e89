import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, aws_kms as kms, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { BadGateway } from '../../lib/bad-gateway.ts';
import type { BadGatewayProps } from '../../lib/props.ts';
import { SHOP, WITH_CHAT, WITH_SLACK } from './synthesise.ts';

const outdir = mkdtempSync(join(tmpdir(), 'badgateway-nag-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('the rules of cdk-nag (AwsSolutions)', () => {
  it('find nothing that is not acknowledged', () => {
    expect(check('Plain', () => SHOP)).toBe('');
    expect(check('Encrypted', withKey(SHOP))).toBe('');
    expect(check('Slack', withKey(WITH_SLACK))).toBe('');
    expect(check('Chat', () => WITH_CHAT)).toBe('');
    expect(check('InOneRegion', () => SHOP, { account: '111122223333', region: 'eu-west-1' })).toBe(
      '',
    );
  });

  it('find what is wrong with a stack', () => {
    const key = (stack: Stack) => ({ ...SHOP, encryptionKey: new kms.Key(stack, 'Key') });
    expect(check('NoRotation', key)).toContain('AwsSolutions-KMS5');
  });
});

function withKey(props: BadGatewayProps) {
  return (stack: Stack): BadGatewayProps => ({
    ...props,
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
  });
}

/** The report of the findings; nothing when there are none. */
function check(id: string, propsOf: (stack: Stack) => BadGatewayProps, env = {}): string {
  const app = new App({ outdir: join(outdir, id) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new Stack(app, id, { env });
  new BadGateway(stack, 'BadGateway', propsOf(stack));
  try {
    app.synth();
    return '';
  } catch {
    return readFileSync(join(outdir, id, 'validation-report.json'), 'utf8');
  } finally {
    // A failed validation sets it.
    process.exitCode = 0;
  }
}
