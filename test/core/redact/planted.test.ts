/** Secrets planted in every part of every kind of log never reach a row of the table. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decodeAwslogs, unescapeMessage } from '../../../adapters/aws/awslogs-batch.ts';
import { takeDelivery } from '../../../core/take-delivery.ts';
import { memoryTable } from '../../fakes/memory-table.ts';
import { evaluateAll } from '../../pipeline/verdicts.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 5);
const AT = NOW - 60_000;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTRUNSRVQifQ.c2lnbmF0dXJlU0VDUkVU';
const SECRETS = [
  's3cr3tvalue',
  'jane.doe@',
  '203.0.113.77',
  '2001:db8:77:1::9',
  'eyJ',
  '10.99.0.77',
];
const URI = `/reset/${JWT}/jane.doe@example.org/x?token=s3cr3tvalue&next=a"s3cr3tvalue`;
const REQUEST = `GET ${URI} HTTP/1.1`;
const REFERRER = 'https://u:s3cr3tvalue@shop.example.org/a?b=s3cr3tvalue';

const LINES = {
  access: [
    `203.0.113.77 - jane.doe@example.org [20/Nov/2026:12:04:00 +0000] "${REQUEST.replaceAll('"', '\\x22')}" 502 157 "${REFERRER}" "curl" "203.0.113.77, 10.99.0.77" "sid=s3cr3tvalue; theme=s3cr3tvalue"`,
    '2001:db8:77:1::9 - - [20/Nov/2026:12:04:00 +0000] "GET / HTTP/1.1" 504 157 "-" "Bearer s3cr3tvalue1"',
  ],
  error: [
    `2026/11/20 12:04:00 [error] 7#7: *1 upstream sent invalid header: "X-Token: s3cr3tvalue" while reading response header from upstream, client: 10.99.0.77, server: _, request: "${REQUEST}", upstream: "http://10.0.0.5:8000${URI}", host: "x", referrer: "${REFERRER}"`,
    '2026/11/20 12:04:00 [error] 7#7: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 2001:db8:77:1::9, server: _, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:8000/", host: "x"',
  ],
  gunicorn: [
    `[2026-11-20 12:04:00 +0000] [8] [ERROR] Error handling request ${URI}\nTraceback (most recent call last):\n  File "/srv/app.py", line 1, in get\n    connect(password="s3cr3tvalue", headers={'Authorization': 'Bearer s3cr3tvalue'})\nOperationalError: redis://:s3cr3tvalue@cache-1/0 for jane.doe@example.org from 203.0.113.77`,
    `10.0.0.1 - - [20/Nov/2026:12:04:00 +0000] "${REQUEST.replaceAll('"', '\\"')}" 500 3 "${REFERRER}" "203.0.113.77"`,
    '[2026-11-20 12:04:00 +0000] [8] [CRITICAL] WORKER TIMEOUT (pid:9)',
  ],
  system: [
    'Nov 20 12:04:00 web-1 gunicorn[8]: [2026-11-20 12:04:00 +0000] [8] [ERROR] Exception in worker process\nTraceback (most recent call last):\n  File "/srv/app.py", line 1, in <module>\nKeyError: api_key=s3cr3tvalue jane.doe@example.org 203.0.113.77',
    'Nov 20 12:04:01 web-1 systemd[1]: shop.service: Failed with result password=s3cr3tvalue',
  ],
};

it('whatever is delivered', async () => {
  const table = memoryTable();
  const roles = Object.keys(LINES) as (keyof typeof LINES)[];
  for (const role of roles) {
    const document = {
      messageType: 'DATA_MESSAGE',
      logGroup: `/shop/${role}`,
      logStream: 'web-1',
      subscriptionFilters: [`badgateway/test/shop/${role}/-`],
      logEvents: LINES[role].map((message, id) => ({ id: `${id}`, timestamp: AT, message })),
    };
    await takeDelivery(decodeAwslogs(gzipSync(JSON.stringify(document)).toString('base64')), {
      deployment: 'test',
      services: [
        {
          name: 'shop',
          roles,
          formats: {},
          streams: [],
          gunicornVersion: null,
          workerClass: null,
          timeoutSeconds: null,
          unit: null,
        },
      ],
      table,
      wake: async () => undefined,
      noted: new Set(),
      unescapeMessage,
      nowMs: NOW,
      stamp: 'a',
    });
  }
  await evaluateAll(table, NOW);
  const stored = table.rows().map(({ body }) => body);
  const all = stored.join('\n');
  expect(all.match(/"requests":|"errors":|"lines":/g)?.length).toBeGreaterThanOrEqual(4);
  expect(SECRETS.filter((secret) => all.includes(secret))).toEqual([]);
  expect(all).toContain('10.0.0.5');
});
