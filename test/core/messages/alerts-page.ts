/** `docs/alerts.md`: what is sent when, with messages that the real pipeline made of recorded and made-up logs. */
import { CATALOGUE } from '../../../core/catalogue/catalogue.ts';
import type { Transition } from '../../../core/incident/incident.ts';
import { summarised, summaryOf } from '../../../core/incident/summary.ts';
import { logsInsightsLink } from '../../../core/links.ts';
import { type Alert, NO_EXTRAS } from '../../../core/messages/alert.ts';
import { alertDocumentOf } from '../../../core/messages/alert-document.ts';
import { renderEmail } from '../../../core/messages/render-email.ts';
import { slackPayloadOf } from '../../../core/messages/slack-payload.ts';
import { lifeOfAnIncident } from './life-of-an-incident.ts';
import { contextOf, playScenario } from './played-alerts.ts';

/** A recorded scenario for each family of causes. */
const SCENARIOS: readonly (readonly [heading: string, scenario: string])[] = [
  ['Gunicorn is not running', 'boot-import-error'],
  ['NGINX and Gunicorn do not match', 'port-mismatch'],
  ['NGINX is not allowed to connect', 'socket-mode'],
  ['Gunicorn is overloaded', 'accept-queue-unix'],
  ['NGINX stopped waiting', 'read-timeout-gthread'],
  ['A Gunicorn worker died', 'worker-oom-syslog'],
  ['The answer was unusable', 'header-too-big'],
  ['Names that lead nowhere', 'dns-nxdomain'],
  ['TLS between NGINX and the backend', 'tls-to-plain-gthread'],
  ['Limits of the host', 'nginx-worker-connections'],
  ['Restarts and deploys', 'deploy-unix'],
  ['When there is no root cause to name', 'app-says-502-combined'],
];

type Told = { readonly heading: string; readonly alert: Alert };

const REGION = /(<!-- shown: (\w+) -->)[\s\S]*?(<!-- end -->)/g;

/** The page with its messages made anew; a family that no scenario shows makes it throw. */
export async function renderAlertsPage(page: string): Promise<string> {
  const families = await Promise.all(SCENARIOS.map(toldOf));
  checkFamilies(families);
  const life = await lifeOfAnIncident();
  const pieces: Readonly<Record<string, string>> = {
    families: families
      .map(({ heading, alert }) => `### ${heading}\n\n${folded(alert)}`)
      .join('\n\n'),
    life: life
      .map((transition) => `**${transition.kind}**\n\n${folded(withLink(transition))}`)
      .join('\n\n'),
    summary: fence('text', mailOf(summaryAlert(families))),
    test: fence('text', mailOf(testAlert(families))),
    slack: fence('text', slackText(families[0]?.alert)),
    document: fence('json', documentText(life[0])),
  };
  return page.replace(REGION, (_, start: string, name: string, end: string) => {
    return `${start}\n\n${pieces[name] ?? ''}\n\n${end}`;
  });
}

async function toldOf([heading, scenario]: readonly [string, string]): Promise<Told> {
  const [transition] = await playScenario(scenario);
  if (transition === undefined) throw new Error(`nobody was told of ${scenario}`);
  const context = await contextOf(scenario, transition);
  return { heading, alert: { publication: transition, links: {}, context } };
}

function checkFamilies(families: readonly Told[]): void {
  const shown = families.map(({ alert }) => CATALOGUE[transitionOf(alert).incident.cause].family);
  const missing = Object.values(CATALOGUE).filter(({ family }) => !shown.includes(family));
  if (missing.length > 0) throw new Error(`no scenario shows ${missing[0]?.family}`);
}

function transitionOf({ publication }: Alert): Transition {
  if (publication.kind === 'summary' || publication.kind === 'notice') throw new Error('no change');
  return publication;
}

function withLink(transition: Transition): Alert {
  const { openedAt, lastFailureAt } = transition.incident;
  const logs = logsInsightsLink({
    region: 'eu-central-1',
    groups: ['/shop/nginx/error', '/shop/gunicorn', '/shop/nginx/access'],
    fromMs: openedAt - 300_000,
    toMs: lastFailureAt + 120_000,
  });
  return { publication: transition, context: [], links: logs === null ? {} : { logs } };
}

function summaryAlert(families: readonly Told[]): Alert {
  const services = ['api', 'billing', 'shop'];
  const transitions = families.slice(0, 5).map(({ alert }, index) => {
    const { incident, ...one } = transitionOf(alert);
    const service = services[index % services.length] ?? '';
    const id = incident.id.replace(/^[^/]+/, service);
    return summarised({ ...one, incident: { ...incident, service, id } });
  });
  return { publication: summaryOf(transitions, Date.UTC(2026, 10, 20, 14, 3)), ...NO_EXTRAS };
}

function testAlert(families: readonly Told[]): Alert {
  const alert = families.at(-1)?.alert;
  if (alert === undefined) throw new Error('no family');
  return { publication: { ...transitionOf(alert), kind: 'test' }, ...NO_EXTRAS };
}

function mailOf(alert: Alert): string {
  const { subject, body } = renderEmail(alert);
  return `Subject: ${subject}\n\n${body}`;
}

/** An e-mail, of which the page shows the subject until it is opened. */
function folded(alert: Alert): string {
  const { subject } = renderEmail(alert);
  const shown = subject.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`);
  const summary = `<summary><code>${shown}</code></summary>`;
  return `<details>${summary}\n\n${fence('text', mailOf(alert))}\n\n</details>`;
}

/** No text of ours has a fence, and none of a log is shown that does. */
function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

type Block = {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly elements?: readonly { readonly text: string | { readonly text: string } }[];
};

/** As people see it, roughly: each block by itself, buttons in brackets. */
function slackText(alert: Alert | undefined): string {
  if (alert === undefined) throw new Error('no family');
  const links = { logs: 'https://example.com/', dashboard: 'https://example.com/' };
  const payload = slackPayloadOf(alertDocumentOf({ ...alert, links }));
  return (payload.blocks as readonly Block[]).map(blockText).join('\n\n');
}

function blockText({ type, text, elements = [] }: Block): string {
  if (text !== undefined) return text.text.replace(/^```|```$/g, '').replace(/^/gm, inner(type));
  const texts = elements.map((one) => (typeof one.text === 'string' ? one.text : one.text.text));
  return type === 'actions' ? texts.map((one) => `[ ${one} ]`).join('  ') : texts.join('   ');
}

function inner(type: string): string {
  return type === 'header' ? '# ' : '';
}

/** The document with its longest parts left out. */
function documentText(transition: Transition | undefined): string {
  if (transition === undefined) throw new Error('no incident');
  const document = alertDocumentOf(withLink(transition));
  const isLong = (key: string): boolean => ['fixes', 'docs', 'timeline', 'absent'].includes(key);
  return JSON.stringify(
    document,
    (key, value) => {
      if (key === 'logs') return 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?…';
      if (key === 'evidence') return [value[0], '…'];
      return isLong(key) ? ['…'] : value;
    },
    2,
  );
}
