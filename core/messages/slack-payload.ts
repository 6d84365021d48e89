/** An alert as Slack's Block Kit, for an incoming webhook (https://docs.slack.dev/reference/block-kit). */
import type { AlertDocument } from './alert-document.ts';
import type { NoticeDocument } from './notice.ts';
import { countOf } from './numbers.ts';
import { pickEvidence } from './pick-evidence.ts';
import { printableText } from './printable.ts';
import { escapedForSlack } from './slack-escape.ts';
import { tellingLine } from './telling-line.ts';

/** Of a header block. */
const MAX_HEADER = 150;
/** Of a section's text, escaped; Slack's limit is 3,000. */
const MAX_SECTION = 2_900;
const MOST_STEPS = 4;
const MOST_EVIDENCE = 6;
const MOST_SUMMARISED = 20;

const PREFIXES: Readonly<Record<string, string>> = {
  opened: '',
  reopened: 'Again: ',
  escalated: 'Still failing: ',
  refined: 'Now known: ',
  resolved: 'Over: ',
  test: 'Test: ',
};

export type SlackPayload = {
  readonly text: string;
  readonly blocks: readonly object[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
};

/** All text is escaped; nothing of a log line becomes a mention, a link or markup. */
export function slackPayloadOf(document: AlertDocument): SlackPayload {
  if (document.transition === 'summary') return summaryPayload(document);
  if (document.transition === 'notice') return noticePayload(document);
  const { incident, diagnosis, transition, reason } = document;
  const title = `${PREFIXES[transition] ?? ''}${diagnosis.title}`;
  const where = incident.hosts.length === 0 ? '' : ` on ${incident.hosts.join(', ')}`;
  const failed = `${countOf(incident.failures, 'failed request')}${where}`;
  const isShort = transition === 'resolved';
  return payload(`[${incident.service}] ${title}`, [
    plain(reason === '' ? failed : `${failed}. ${reason}`),
    ...(isShort ? [] : evidenceBlocks(document)),
    ...(isShort ? [] : stepBlocks(document)),
    context(incident.id),
  ]);
}

function summaryPayload(document: Extract<AlertDocument, { transition: 'summary' }>): SlackPayload {
  const lines = document.transitions
    .slice(0, MOST_SUMMARISED)
    .map(({ incident, title, kind }) => `${incident.service}: ${title} (${kind})`);
  const rest = document.transitions.length - lines.length + document.waiting;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return payload(`${countOf(document.transitions.length, 'alert')} at once`, [
    plain([...lines, ...more].join('\n')),
    context(document.id),
  ]);
}

function noticePayload({ title, lines, id }: NoticeDocument): SlackPayload {
  return payload(title, [plain(lines.join('\n')), context(id)]);
}

function payload(title: string, blocks: readonly object[]): SlackPayload {
  const header = cut(printableText(title), MAX_HEADER);
  return {
    text: escapedForSlack(printable(title), MAX_SECTION),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: header, emoji: false } },
      ...blocks,
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

type Detailed = Exclude<AlertDocument, { transition: 'summary' | 'notice' }>;

function evidenceBlocks({ diagnosis }: Detailed): object[] {
  const lines = pickEvidence(diagnosis.evidence)
    .slice(0, MOST_EVIDENCE)
    .map(
      (line) =>
        `${line.at.slice(11, 19)} ${line.host} ${line.role} ${tellingLine(line.role, line.line)}`,
    );
  if (lines.length === 0) return [];
  return [code(lines.map((line) => cut(line, 400)).join('\n'))];
}

function stepBlocks({ diagnosis }: Detailed): object[] {
  const steps = diagnosis.fixes
    .slice(0, MOST_STEPS)
    .map(({ title, commands }, index) =>
      [`${index + 1}. ${title}`, ...commands.map((one) => `    ${one}`)].join('\n'),
    );
  return steps.length === 0 ? [] : [code(steps.join('\n'))];
}

/** Nothing in it is markup, a mention or a link. */
function plain(text: string): object {
  const shown = cut(printable(text), MAX_SECTION);
  return { type: 'section', text: { type: 'plain_text', text: shown, emoji: false } };
}

/** To be copied as it is; a fence in the text would end it. */
function code(text: string): object {
  const shown = escapedForSlack(printable(text.replaceAll('`', "'")), MAX_SECTION - 8);
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `\`\`\`${shown}\`\`\``, verbatim: true },
  };
}

function printable(text: string): string {
  return text.split('\n').map(printableText).join('\n');
}

function context(text: string): object {
  return {
    type: 'context',
    elements: [{ type: 'plain_text', text: cut(text, 300), emoji: false }],
  };
}

function cut(text: string, limit: number): string {
  let out = '';
  for (const char of text) {
    if (out.length + char.length > limit - 1) return `${out}\u2026`;
    out += char;
  }
  return out;
}
