import { expect, test } from 'vitest';
import { endpointName, isLocal, parseEndpoint } from '../../../core/catalogue/endpoint.ts';

test.each([
  ['http://127.0.0.1:8000', { kind: 'tcp', host: '127.0.0.1', port: 8000 }, true],
  ['https://10.0.0.5:8443', { kind: 'tcp', host: '10.0.0.5', port: 8443 }, false],
  ['http://[::1]:8000', { kind: 'tcp', host: '[::1]', port: 8000 }, true],
  ['http://[fe80::1]:80', { kind: 'tcp', host: '[fe80::1]', port: 80 }, false],
  ['http://unix:/run/g.sock', { kind: 'unix', path: '/run/g.sock' }, true],
  ['http://unix:/run/g.sock:', { kind: 'unix', path: '/run/g.sock' }, true],
  ['unix:/run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }, true],
  ['http://backend', { kind: 'group', name: 'backend' }, false],
] as const)('%s is read as an address', (text, endpoint, local) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
  expect(isLocal(endpoint)).toBe(local);
});

test.each([
  '',
  'http://',
  'unix:relative.sock',
  'http://-oProxy:80',
  'http://a b:80',
  'http://$(id):80',
  "http://x';id;':80",
  'http://host:port',
])('%j is no address', (text) => {
  expect(parseEndpoint(text)).toBeNull();
});

test('an endpoint is named as people write it', () => {
  const names = ['http://[::1]:8000', 'http://unix:/run/g.sock', 'http://backend'].map((text) => {
    const endpoint = parseEndpoint(text);
    return endpoint === null ? null : endpointName(endpoint);
  });
  expect(names).toEqual(['[::1]:8000', '/run/g.sock', 'backend']);
});
