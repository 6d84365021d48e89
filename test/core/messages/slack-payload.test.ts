/** What a channel gets of an incident. */
import { describe, expect, it } from 'vitest';
import type { Publication } from '../../../core/incident/summary.ts';
import type { Alert } from '../../../core/messages/alert.ts';
import { alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { slackPayloadOf } from '../../../core/messages/slack-payload.ts';
import {
  alert,
  CONTEXT,
  DIAGNOSIS,
  INCIDENT,
  RESTART,
  resolved,
  summary,
  transition,
} from './sample-alerts.ts';

function payloadOf(publication: Publication, extras: Partial<Alert> = {}) {
  return slackPayloadOf(alertDocumentOf(alert(publication, extras)));
}

/** All texts of all blocks. */
function textOf(publication: Publication, extras: Partial<Alert> = {}): string {
  return JSON.stringify(payloadOf(publication, extras).blocks);
}

describe('a message to Slack', () => {
  it('has the verdict, the impact, the places, the lines, the steps, and links', () => {
    const links = { logs: 'https://example.com/logs', dashboard: 'https://example.com/board' };
    const { text, blocks } = payloadOf(transition('opened'), { links, context: CONTEXT });
    expect(text).toBe('[shop] Gunicorn killed workers that took longer than 30 s');
    expect(blocks).toMatchInlineSnapshot(`
      [
        {
          "text": {
            "emoji": false,
            "text": "[shop] Gunicorn killed workers that took longer than 30 s",
            "type": "plain_text",
          },
          "type": "header",
        },
        {
          "text": {
            "emoji": false,
            "text": "290 of 4,870 requests failed since 14:02 UTC (6.0 %), on 2 of 4 hosts. It is still going on.",
            "type": "plain_text",
          },
          "type": "section",
        },
        {
          "elements": [
            {
              "emoji": false,
              "text": "web-1 171, web-2 119",
              "type": "plain_text",
            },
            {
              "emoji": false,
              "text": "GET /reports/:id",
              "type": "plain_text",
            },
          ],
          "type": "context",
        },
        {
          "text": {
            "text": "\`\`\`14:02:40 web-1 gunicorn WORKER TIMEOUT (pid:3438)
      14:02:41 web-1 access   GET /reports/77 answered 502 after 30.4 s

      14:02:30 web-1 app      2026-11-20 14:02:30 db-1 WARNING: pool exhausted
      14:02:40 web-1 gunicorn Error handling request /reports/77
          Traceback (most recent call last):
            File "/srv/shop/views.py", line 61, in build_pdf
          SystemExit: 1\`\`\`",
            "type": "mrkdwn",
            "verbatim": true,
          },
          "type": "section",
        },
        {
          "text": {
            "emoji": false,
            "text": "1. Give this route more time",
            "type": "plain_text",
          },
          "type": "section",
        },
        {
          "text": {
            "text": "\`\`\`gunicorn --timeout 90 shop.wsgi:app\`\`\`",
            "type": "mrkdwn",
            "verbatim": true,
          },
          "type": "section",
        },
        {
          "elements": [
            {
              "action_id": "logs",
              "text": {
                "emoji": false,
                "text": "Logs at that time",
                "type": "plain_text",
              },
              "type": "button",
              "url": "https://example.com/logs",
            },
            {
              "action_id": "dashboard",
              "text": {
                "emoji": false,
                "text": "Dashboard",
                "type": "plain_text",
              },
              "type": "button",
              "url": "https://example.com/board",
            },
          ],
          "type": "actions",
        },
        {
          "elements": [
            {
              "emoji": false,
              "text": "Incident shop/worker-timeout/20261120T140211Z",
              "type": "plain_text",
            },
          ],
          "type": "context",
        },
      ]
    `);
  });

  it('shows the frames of the application, not those of libraries', () => {
    const lines = [
      'Traceback (most recent call last):',
      '  File "/venv/lib/python3.11/site-packages/gunicorn/workers/sync.py", line 134, in handle',
      '    self.handle_request(listener, req, client, addr)',
      '  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import',
      '  File "/srv/shop/views.py", line 43, in build_pdf',
      '    time.sleep(seconds)',
      '    ^^^^^^^^^^^^^^^^^^^',
      'SystemExit: 1',
    ];
    const context = lines.map((line) => ({
      at: 0,
      host: 'web-1',
      role: 'gunicorn' as const,
      line,
    }));
    const shown = textOf(transition('opened'), { context });
    expect(shown).toContain('time.sleep(seconds)');
    expect(shown).toContain('SystemExit: 1');
    expect(shown).not.toMatch(/site-packages|handle_request|frozen|\^\^/);
  });

  it.each<[string, Publication]>([
    ['refined', transition('refined', { incident: { ...INCIDENT, formerCause: 'unknown' } })],
    ['resolved', resolved({ formerCause: 'unknown' })],
  ])('that it is %s is known by its id, and by what it was', (_, publication) => {
    expect(textOf(publication)).toContain(`Incident ${INCIDENT.id}`);
    expect(textOf(publication)).toContain('it was taken for this: ');
  });

  it('about the end has neither lines nor steps', () => {
    expect(payloadOf(resolved()).blocks).toHaveLength(4);
    expect(textOf(resolved())).toContain('It lasted 7 min 29 s');
  });

  it('about a restart is two lines', () => {
    const { text, blocks } = payloadOf(RESTART);
    expect(text).toBe('[shop] 12 requests lost while shop.service restarted (4.2 s)');
    expect(blocks).toHaveLength(3);
  });

  it('that is a test says so, and asks for nothing', () => {
    expect(payloadOf(transition('test')).text).toBe('[shop] Only a test: nothing has failed');
    expect(textOf(transition('test'))).not.toContain(DIAGNOSIS.fixes[0]?.title);
  });

  it('about many changes lists the first, and counts the others', () => {
    const shown = textOf(summary(30, 4));
    expect(shown).toContain('shop-0: new: Gunicorn killed workers');
    expect(shown).toContain('and 10 more\\n4 more alerts will follow in a minute');
  });
});
