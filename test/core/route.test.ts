import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../core/route.ts';
import { anyBytes, hostileText } from './parse/nginx-writes.ts';

describe('routeOf', () => {
  it.each([
    ['GET / HTTP/1.1', 'GET /'],
    ['GET /api/v1/products?page=2 HTTP/1.1', 'GET /api/v1/products'],
    ['GET /api/v1/products/60412 HTTP/2.0', 'GET /api/v1/products/:id'],
    ['GET /orders/7/ HTTP/1.1', 'GET /orders/:id/'],
    ['PATCH /users/0b5d7c0e-1f2a-4b3c-a1b2-c3d4e5f60718 HTTP/1.1', 'PATCH /users/:id'],
    ['GET /reports/2026-11-20 HTTP/1.1', 'GET /reports/:id'],
    ['GET /commits/9605c19f77a0 HTTP/1.1', 'GET /commits/:id'],
    ['GET /face/cafe HTTP/1.1', 'GET /face/cafe'],
    ['GET /job/01KCEAT8TG7YWE8ZJNM0778V6A HTTP/1.1', 'GET /job/:id'],
    ['GET /job/a23t11t2d3q HTTP/1.1', 'GET /job/:id'],
    ['GET /t/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 HTTP/1.1', 'GET /t/:id'],
    ['GET /oauth2/callback2024 HTTP/1.1', 'GET /oauth2/callback2024'],
    ['GET /getUserProfileById2 HTTP/1.1', 'GET /getUserProfileById2'],
    ['GET /static/js/main.9605c19f.js HTTP/1.1', 'GET /static/js/main.:hash.js'],
    ['GET /static/chunk-9605c19f.css HTTP/1.1', 'GET /static/chunk-:hash.css'],
    ['GET /media/9605c19f77a0bd21.webp HTTP/1.1', 'GET /media/:id.webp'],
    ['GET /static/app.min.js HTTP/1.1', 'GET /static/app.min.js'],
    ['GET /c/blue/lamp-1234 HTTP/1.1', 'GET /c/blue/:id'],
    ['GET /wp-login.php HTTP/1.1', 'GET /wp-login.php'],
    ['GET /.env HTTP/1.1', 'GET /.env'],
    ['GET //plus//x.php?a=1 HTTP/1.1', 'GET /plus/x.php'],
    ['GET /a;jsessionid=1#b HTTP/1.1', 'GET /a'],
    ['GET /a/b/c/d/e/f HTTP/1.1', 'GET /a/b/c/d/e/f'],
    ['GET /a/b/c/d/e/f/g/h HTTP/1.1', 'GET /a/b/c/d/e/f/*'],
    ['GET http://shop.example/a/7?b HTTP/1.1', 'GET /a/:id'],
    ['GET http://shop.example HTTP/1.1', 'GET /'],
    ['OPTIONS * HTTP/1.1', 'OPTIONS *'],
    ['BREW /pot HTTP/1.1', '(other) /pot'],
    ['GET /a b HTTP/1.1', 'GET /a b'],
    ['GET /old', 'GET /old'],
    ['GET /caf\xc3\xa9 HTTP/1.1', 'GET /:id'],
    ['GET /<script>alert(1)</script> HTTP/1.1', 'GET /:id/:id'],
    ['CONNECT shop.example:443 HTTP/1.1', '(unreadable request)'],
    ['\x16\x03\x01\x00\xee', '(unreadable request)'],
    ['GET /\x1b[31m HTTP/1.1', '(unreadable request)'],
    ['GET', '(unreadable request)'],
    ['', '(unreadable request)'],
    [null, '(unreadable request)'],
  ])('of %j is %s', (request, route) => expect(routeOf(request)).toBe(route));

  it('is short, printable and the same every time, whatever came before', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, hostileText), (path) => {
        const request = `GET /${path} HTTP/1.1`;
        const route = routeOf(request);
        expect(route.length).toBeLessThanOrEqual(120);
        expect(route).toMatch(/^[ -~]+$/);
        for (let i = 0; i < 50; i++) routeOf(`GET /${i}/${path} HTTP/1.1`);
        expect(routeOf(request)).toBe(route);
      }),
    );
  });

  it('does not grow with the ids in it', () => {
    const routes = new Set<string>();
    for (let id = 0; id < 10_000; id++) routes.add(routeOf(`GET /orders/${id} HTTP/1.1`));
    expect([...routes]).toEqual(['GET /orders/:id']);
  });

  it('takes linear time', () => {
    for (const filler of ['/', 'a', '1', 'a1', '%20', ' HTTP/', '?', '-', '.']) {
      const before = performance.now();
      routeOf(`GET /${filler.repeat(1_000_000 / filler.length)}`);
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });
});
