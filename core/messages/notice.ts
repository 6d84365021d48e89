/** Notices in words: they are rendered by as little code as possible, so that they go out when nothing else does. */
import type { AlertNotice } from '../incident/notice.ts';
import type { AlertText } from './alert.ts';
import { joinLines } from './page.ts';
import { printableText } from './printable.ts';
import { subjectFrom } from './subject.ts';

/** A notice in the machine document. */
export type NoticeDocument = {
  readonly transition: 'notice';
  readonly service: '*';
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly lines: readonly string[];
};

export function noticeDocument({ kind, id, at, title, lines }: AlertNotice): NoticeDocument {
  return { transition: kind, service: '*', id, at: new Date(at).toISOString(), title, lines };
}

/** Lines are not wrapped: commands among them are to be copied. */
export function noticeEmail({ title, lines }: AlertNotice): AlertText {
  const paragraphs = [`${title}.`, ...lines].map(printableText);
  return {
    subject: subjectFrom(`[badgateway] ${title}`),
    body: joinLines(paragraphs.flatMap((text, index) => (index === 0 ? [text] : ['', text]))),
  };
}
