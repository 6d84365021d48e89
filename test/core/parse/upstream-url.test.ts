import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peerOf, samePeer } from '../../../core/parse/upstream-url.ts';

describe('peerOf', () => {
  it.each([
    ['http://127.0.0.1:8000/a?b=http://x/', 'http://127.0.0.1:8000'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['https://[::1]:8443/a', 'https://[::1]:8443'],
    ['http://shop_backend/a', 'http://shop_backend'],
    ['http://shop?a=/', 'http://shop'],
    ['uwsgi://unix:///tmp/x.sock:', 'uwsgi://unix:///tmp/x.sock'],
    ['http://unix:/run/g.sock:/a:b', 'http://unix:/run/g.sock'],
    ['http://unix:/run/g.sock/a:b', 'http://unix:/run/g.sock'],
    ['http://unix:/run/g.sock', 'http://unix:/run/g.sock'],
    ['http://unix:/run/ws.socket/chat', 'http://unix:/run/ws.socket'],
    ['http://unix:/run/g.sock.d/app.sock/a', 'http://unix:/run/g.sock.d/app.sock'],
    ['http://unix:/run/gunicorn:/x.sock/y', 'http://unix:/run/gunicorn'],
    ['http://unix:/run/gunicorn/x', 'http://unix:/run/gunicorn/x'],
    ['grpc://10.0.0.1:50051', 'grpc://10.0.0.1:50051'],
    ['10.0.0.1:443', '10.0.0.1:443'],
    ['', ''],
  ])('of %s is %s', (upstream, peer) => expect(peerOf(upstream)).toBe(peer));

  it('does not depend on the URI', () => {
    const peers = fc.constantFrom(
      'http://10.0.0.1:80',
      'http://unix:/run/g.sock',
      'http://[::1]:80',
    );
    fc.assert(
      fc.property(peers, fc.string(), (peer, uri) => {
        expect(peerOf(`${peer}/${uri}`)).toBe(peer);
        if (peer.includes('unix')) expect(peerOf(`${peer}:/${uri}`)).toBe(peer);
      }),
    );
  });
});

describe('samePeer', () => {
  it.each([
    ['http://10.0.0.1:8000', 'http://10.0.0.1:8000', true],
    ['http://10.0.0.1:8000', 'http://10.0.0.1:80', false],
    ['http://10.0.0.1', 'http://10.0.0.1:80', true],
    ['https://10.0.0.1:443', 'https://10.0.0.1', true],
    ['http://10.0.0.1', 'http://10.0.0.1:443', false],
    ['http://10.0.0.1', 'http://10.0.0.11', false],
    ['http://unix:/run/gunicorn', 'http://unix:/run/gunicorn/orders/7', true],
    ['http://unix:/run/gunicorn', 'http://unix:/run/gunicorn-2', false],
    ['http://shop', 'http://shop/a', false],
  ])('%s and %s: %s', (a, b, isSame) => {
    expect(samePeer(a, b)).toBe(isSame);
    expect(samePeer(b, a)).toBe(isSame);
  });
});
