/** An alert as Slack's Block Kit, for an incoming webhook (https://docs.slack.dev/reference/block-kit). */
import type { Fix } from '../diagnosis.ts';
import type { AlertDocument, SummaryDocument, TransitionDocument } from './alert-document.ts';
import { evidenceLines } from './alert-sections.ts';
import { formerlyOf, headlineOf, impactOf } from './alert-words.ts';
import { beforeTheEnd } from './before-the-end.ts';
import { cleanDocument } from './clean-report.ts';
import { contextLines, withoutLibraries } from './context-lines.ts';
import { summarisedLine, whatHappened } from './email-summary.ts';
import type { NoticeDocument } from './notice.ts';
import { countOf, formatCount } from './numbers.ts';
import { pickEvidence } from './pick-evidence.ts';
import { noticeOf } from './restart-notice.ts';
import { escapedForSlack } from './slack-escape.ts';
import {
  codeSection,
  contextBlock,
  plainSection,
  plainText,
  printableLines,
} from './slack-text.ts';

/** Of a header block. */
const MAX_HEADER = 150;
const MAX_FALLBACK = 400;
/** Of a button. */
const MAX_LABEL = 75;
const MOST_STEPS = 4;
const MOST_EVIDENCE = 6;
const MOST_CONTEXT = 16;
const MOST_PLACES = 5;
const MOST_SUMMARISED = 20;
const LINE_WIDTH = 200;

export type SlackPayload = {
  readonly text: string;
  readonly blocks: readonly object[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
};

/** All text is escaped; nothing of a log line becomes a mention, a link or markup. */
export function slackPayloadOf(document: AlertDocument): SlackPayload {
  switch (document.transition) {
    case 'summary':
      return summaryPayload(cleanDocument(document));
    case 'notice':
      return noticePayload(cleanDocument(document));
    default:
      return transitionPayload(cleanDocument(document));
  }
}

function transitionPayload(document: TransitionDocument): SlackPayload {
  const { service, transition, incident } = document;
  const isShort = transition === 'resolved';
  const sentences = [...impactOf(document), ...(isShort ? [beforeTheEnd(document)] : [])];
  return payload(`[${service}] ${headlineOf(document)}`, [
    plainSection(sentences.filter((text) => text !== '').join(' ')),
    ...placeBlocks(document),
    ...(isShort ? [] : lineBlocks(document)),
    ...(isShort ? [] : stepBlocks(document)),
    ...linkBlocks(document),
    contextBlock([`Incident ${incident.id}`, formerlyOf(document)]),
  ]);
}

/** Hosts and routes, with their failures where there is something to compare. */
function placeBlocks(document: TransitionDocument): object[] {
  const { hosts, routes } = document.diagnosis;
  if (noticeOf(document) !== null) return [];
  const texts = [
    placesOf(hosts.map(({ host, failures }) => ({ name: host, failures }))),
    placesOf(routes.map(({ route, failures }) => ({ name: route, failures }))),
  ].filter((text) => text !== '');
  return texts.length === 0 ? [] : [contextBlock(texts)];
}

function placesOf(places: readonly { name: string; failures: number }[]): string {
  const shown = places.slice(0, MOST_PLACES).map(({ name, failures }) => {
    return places.length === 1 ? name : `${name} ${formatCount(failures)}`;
  });
  const rest = places.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${countOf(rest, 'other')}`] : [])].join(', ');
}

/** Evidence, then lines found around it: as much as one block takes. */
function lineBlocks({ diagnosis, context }: TransitionDocument): object[] {
  const evidence = pickEvidence(diagnosis.evidence).slice(0, MOST_EVIDENCE);
  const around = withoutLibraries(context).slice(0, MOST_CONTEXT);
  const parts = [
    evidenceLines(evidence, 'clock'),
    contextLines(around, { detail: 'clock', width: LINE_WIDTH }),
  ].filter((lines) => lines.length > 0);
  const lines = parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]));
  return lines.length === 0 ? [] : [codeSection(lines)];
}

function stepBlocks({ diagnosis, transition }: TransitionDocument): object[] {
  if (transition === 'test') return [];
  return diagnosis.fixes.slice(0, MOST_STEPS).flatMap(stepBlock);
}

function stepBlock({ title, commands }: Fix, index: number): object[] {
  const heading = plainSection(`${index + 1}. ${title}`);
  return commands.length === 0 ? [heading] : [heading, codeSection(commands)];
}

/** Links are https and shorter than Slack's 3,000 characters, or not there: see `alertDocumentOf`. */
function linkBlocks({ links }: TransitionDocument): object[] {
  const buttons = [
    ...(links.logs === undefined ? [] : [button('logs', 'Logs at that time', links.logs)]),
    ...(links.dashboard === undefined ? [] : [button('dashboard', 'Dashboard', links.dashboard)]),
  ];
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }];
}

function button(id: string, label: string, url: string): object {
  return { type: 'button', action_id: id, text: plainText(label, MAX_LABEL), url };
}

function summaryPayload(document: SummaryDocument): SlackPayload {
  const shown = document.transitions.slice(0, MOST_SUMMARISED);
  const lines = shown.map((one) => `${one.incident.service}: ${summarisedLine(one)}`);
  const rest = document.transitions.length - shown.length + document.omitted;
  const { waiting } = document;
  return payload(whatHappened(document), [
    plainSection(
      [
        ...lines,
        ...(rest > 0 ? [`and ${formatCount(rest)} more`] : []),
        ...(waiting > 0 ? [`${countOf(waiting, 'more alert')} will follow in a minute`] : []),
      ].join('\n'),
    ),
    contextBlock([document.id]),
  ]);
}

function noticePayload({ title, lines, id }: NoticeDocument): SlackPayload {
  return payload(title, [plainSection(lines.join('\n')), contextBlock([id])]);
}

function payload(title: string, blocks: readonly object[]): SlackPayload {
  return {
    // Notifications show it; it is read as markup.
    text: escapedForSlack(printableLines(title), MAX_FALLBACK),
    blocks: [
      { type: 'header', text: plainText(title.replaceAll('\n', ' '), MAX_HEADER) },
      ...blocks,
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}
