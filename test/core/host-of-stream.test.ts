import { describe, expect, it } from 'vitest';
import { hostOfStream } from '../../core/host-of-stream.ts';

describe('the host of a log stream', () => {
  it.each([
    ['web-1', 'web-1'],
    ['i-0abc1234def567890', 'i-0abc1234def567890'],
    ['i-0abc1234def567890/nginx/access.log', 'i-0abc1234def567890'],
    ['prod/i-0abc1234', 'i-0abc1234'],
    ['ip-10-0-0-7.eu-west-1.compute.internal', 'ip-10-0-0-7.eu-west-1.compute.internal'],
    ['web/nginx/0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef'],
  ])('without templates: %s is of %s', (stream, host) => {
    expect(hostOfStream(stream, [])).toBe(host);
  });

  it.each([
    ['web-1/nginx-access', ['{host}/nginx-access'], 'web-1'],
    ['shop.web-1.access', ['shop.{host}.*'], 'web-1'],
    ['prod-eu-web-1', ['prod-*-{host}'], 'web-1'],
    ['prod-eu-web-1-x-log', ['prod-*-{host}-*-log'], 'web-1'],
    ['web-1/app', ['{host}/nginx-*', '{host}/app'], 'web-1'],
    ['other', ['{host}/nginx-access'], 'other'],
    ['/nginx-access', ['{host}/nginx-access'], '/nginx-access'],
    ['web-1', ['{host}'], 'web-1'],
  ])('%s with %j is of %s', (stream, templates, host) => {
    expect(hostOfStream(stream, templates)).toBe(host);
  });
});
