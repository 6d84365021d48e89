/** Whatever logs hold, no message becomes more than text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topicMessageOf } from '../../../adapters/aws/alert-topic-message.ts';
import { alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { amazonQDocument } from '../../../core/messages/amazon-q.ts';
import { renderEmail } from '../../../core/messages/render-email.ts';
import { slackPayloadOf } from '../../../core/messages/slack-payload.ts';
import { anyKind, hostile, hostileAlert } from './hostile-alerts.ts';

/** Controls, direction overrides, zero-width characters, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const MARKUP = /[<>]|&(?!(?:amp|lt|gt);)/;

type Text = { readonly type: string; readonly text: string };
type Block = {
  readonly type: string;
  readonly text?: Text;
  readonly elements?: readonly (Text & { readonly text: string | Text; readonly url?: string })[];
};

/** All texts of a block, and the most characters that Slack takes of each. */
function textsOf({ type, text, elements = [] }: Block): (Text & { limit: number })[] {
  const limit = type === 'header' ? 150 : 3_000;
  const inner = elements.map((one) => (typeof one.text === 'string' ? one : one.text) as Text);
  return [...(text ? [text] : []), ...inner].map((one) => ({ ...one, limit }));
}

describe('whatever a log line holds', () => {
  it('Slack gets blocks within its limits, without markup of strangers', () => {
    fc.assert(
      fc.property(hostile, hostile, anyKind, (line, name, kind) => {
        const payload = slackPayloadOf(alertDocumentOf(hostileAlert(kind, { line, name })));
        const blocks = payload.blocks as Block[];
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(payload.text).not.toMatch(MARKUP);
        for (const { type, text, limit } of blocks.flatMap(textsOf)) {
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(limit);
          expect(text.replaceAll('\n', '')).not.toMatch(UNSAFE);
          if (type !== 'mrkdwn') continue;
          // No text of strangers begins a line, which could be copied as a command.
          expect(text).not.toMatch(/^Subject:|^three/m);
          const inside = text.slice(3, -3);
          expect(inside).not.toMatch(MARKUP);
          expect(inside).not.toContain('`');
        }
        const urls = blocks.flatMap(({ elements = [] }) =>
          elements.flatMap(({ url }) => url ?? []),
        );
        for (const url of urls) expect(url).toMatch(/^https:\/\/[\x21-\x7e]{1,2990}$/);
      }),
    );
  });

  it('Amazon Q gets a document within its limits, escaped', () => {
    fc.assert(
      fc.property(hostile, hostile, anyKind, (line, name, kind) => {
        const text = amazonQDocument(hostileAlert(kind, { line, name }));
        const { version, source, content, metadata } = JSON.parse(text);
        expect([version, source]).toEqual(['1.0', 'custom']);
        expect(content.title.length).toBeLessThanOrEqual(250);
        expect(content.description.length).toBeLessThanOrEqual(8_000);
        expect(content.description).toMatch(/^```\n[^`]+\n```/);
        for (const step of content.nextSteps) expect(step.length).toBeLessThanOrEqual(350);
        for (const one of [
          content.title,
          content.description,
          metadata.summary,
          ...content.nextSteps,
        ]) {
          expect(one).not.toMatch(MARKUP);
          expect(one.replaceAll('\n', '')).not.toMatch(UNSAFE);
        }
      }),
    );
  });

  it('e-mail gets a subject of one ASCII line below 100 characters, and lines of text', () => {
    fc.assert(
      fc.property(hostile, hostile, anyKind, (line, name, kind) => {
        const { subject, body } = renderEmail(hostileAlert(kind, { line, name }));
        expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
        expect(body.replaceAll('\n', '')).not.toMatch(UNSAFE);
        expect(body.length).toBeLessThan(24_100);
        // A line of ours, which no text can begin anew.
        expect(body.match(/^Subject:/gm)).toBeNull();
      }),
    );
  });

  it('programs get JSON', () => {
    fc.assert(
      fc.property(hostile, hostile, anyKind, (line, name, kind) => {
        const { bodies, subject } = topicMessageOf(hostileAlert(kind, { line, name }));
        expect(JSON.parse(bodies.default)).toMatchObject({ transition: kind });
        expect(subject.length).toBeLessThan(100);
      }),
    );
  });
});
