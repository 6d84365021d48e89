/** Incidents in a terminal: a list, and the story of one. */
import { CATALOGUE } from '../catalogue/catalogue.ts';
import type { CauseId } from '../catalogue/cause-ids.ts';
import { NOTHING_KNOWN } from '../catalogue/fix-context.ts';
import { DIAGNOSIS_SCHEMA, type Diagnosis } from '../diagnosis.ts';
import type { TransitionKind } from '../incident/incident.ts';
import type { IncidentEntry, IncidentList, IncidentStory } from '../query/incidents.ts';
import { toAscii } from './glyphs.ts';
import { countOf, formatCount, formatDuration } from './numbers.ts';
import { hanging, joinLines, newPage, type Page, type RenderOptions } from './page.ts';
import { printableText } from './printable.ts';
import { renderAlert } from './render-alert.ts';
import { padText, textWidth } from './text-width.ts';
import { wrapText } from './wrap.ts';

const GAP = '  ';

/** No control character but line breaks and those of `options.style`, whatever the logs held. */
export function renderIncidents(list: IncidentList, options: RenderOptions): string {
  const page = newPage(options);
  const shown = options.ascii === true ? toAscii : (text: string) => text;
  const { incidents } = list;
  const open = incidents.filter(({ status }) => status === 'open').length;
  const what = incidents.length === 0 ? 'No incidents' : countOf(incidents.length, 'incident');
  const since = list.from.slice(0, 16).replace('T', ' ');
  const head = `${what} since ${since} UTC${open > 0 ? `, ${formatCount(open)} open` : ''}`;
  const lines = incidents.flatMap((incident) => incidentLines(incident, incidents, page));
  return joinLines(
    [page.style.bold(head), ...(lines.length === 0 ? [] : ['', ...lines])].map(shown),
  );
}

/** `2026-11-20 14:02  open      7 min  shop  290  Gunicorn killed…`, its id below. */
function incidentLines(
  incident: IncidentEntry,
  all: readonly IncidentEntry[],
  page: Page,
): string[] {
  const services = Math.max(...all.map(({ service }) => textWidth(printableText(service))));
  const counts = Math.max(...all.map(({ failures }) => formatCount(failures).length));
  const muted = incident.mutedBy === null ? '' : ` (muted: ${printableText(incident.mutedBy)})`;
  const state = incident.status === 'open' ? 'open' : 'over';
  const head = [
    timeOf(incident.openedAt),
    state === 'open' ? page.style.bold(state) : state,
    lastedOf(incident).padStart('23 h 59 min'.length),
    padText(printableText(incident.service), services),
    formatCount(incident.failures).padStart(counts),
    '',
  ].join(GAP);
  const indent = textWidth(timeOf(incident.openedAt)) + GAP.length;
  return [
    ...hanging(head, wrapText(`${titleOf(incident.cause)}${muted}`, Math.max(30, page.width - 60))),
    page.style.dim(`${' '.repeat(indent)}${printableText(incident.id)}`),
  ];
}

export function renderIncident(story: IncidentStory, options: RenderOptions): string {
  const page = newPage(options);
  const shown = options.ascii === true ? toAscii : (text: string) => text;
  const told =
    story.history.length === 0
      ? [story.mutedBy === null ? 'Nobody was told.' : 'Nobody was told: it was muted.']
      : story.history.map((entry) => historyLine(entry));
  const blocks = [
    [
      page.style.bold(`Incident ${printableText(story.id)}`),
      ...wrapText(stateOf(story), page.width),
    ],
    story.diagnosis === null
      ? ['What it was made of is not kept any more.']
      : renderAlert(reportOf(story.diagnosis), { service: story.service })
          .body.trimEnd()
          .split('\n'),
    ['WHAT PEOPLE WERE TOLD', ...told.map((line) => `  ${line}`)],
  ];
  return joinLines(
    blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block])).map(shown),
  );
}

function stateOf(story: IncidentStory): string {
  const began = `It began at ${timeOf(story.openedAt)} UTC`;
  const back = story.reopened > 0 ? `, came back ${countOf(story.reopened, 'time')}` : '';
  const end =
    story.status === 'open'
      ? ' and is still open'
      : ` and was over after ${lastedOf(story)} of failures`;
  const failed = countOf(story.failures, 'failed request');
  const muted = story.mutedBy === null ? '' : ` Muted: ${printableText(story.mutedBy)}.`;
  return `${began}${back}${end}; ${failed}.${muted}`;
}

const KINDS: Readonly<Record<TransitionKind, string>> = {
  opened: 'it began',
  refined: 'known better',
  escalated: 'still failing',
  resolved: 'over',
  reopened: 'back',
  test: 'test',
};

function historyLine({
  at,
  transition,
  cause,
  reason,
  failures,
}: IncidentStory['history'][number]) {
  const why = reason === '' ? '' : `: ${printableText(reason)}`;
  const kind = padText(KINDS[transition], 'still failing'.length);
  return `${timeOf(at)}  ${kind}  ${titleOf(cause)}, ${countOf(failures, 'failed request')}${why}`;
}

function titleOf(cause: CauseId): string {
  return CATALOGUE[cause].title(NOTHING_KNOWN);
}

function lastedOf({ openedAt, lastFailureAt }: IncidentEntry): string {
  return formatDuration(Date.parse(lastFailureAt) - Date.parse(openedAt));
}

/** `2026-11-20 14:02`. */
function timeOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

function reportOf(diagnosis: Diagnosis) {
  return {
    schema: DIAGNOSIS_SCHEMA,
    inputs: [],
    window: null,
    requests: null,
    failures: diagnosis.failures,
    diagnoses: [diagnosis],
    notes: [],
    unparsed: { lines: 0, samples: [] },
  } as const;
}
