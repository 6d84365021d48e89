/** Where to look: addresses of the AWS console. Everything foreign in them is escaped. */

export type LogsLink = {
  readonly region: string;
  /** Names, the most important first; those that end with `*` stand for many, and are left out. */
  readonly groups: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
};

/** Slack refuses a link of more than 3,000 characters (Block Kit reference, button). */
const LONGEST_LINK = 2_999;
/** StartQuery takes no more. */
const MOST_GROUPS = 50;

/** A status below 500, as the combined format and as JSON formats write it. */
const WENT_WELL = String.raw`/" [1-4]\d\d |"status": ?"?[1-4]\d\d/`;
/** All lines but access lines of requests that went well. */
const FAILURES_QUERY = `fields @timestamp, @logStream, @message
| filter @message not like ${WENT_WELL}
| sort @timestamp asc
| limit 1000`;
const SHORTEST_QUERY = 'fields @timestamp, @message';

/**
 * A link to Logs Insights with a query filled in, shorter than 3,000 characters: over as many groups as fit, from the
 * first on, and if not even one does, with a shorter query. `null` without a group.
 */
export function logsInsightsLink(link: LogsLink): string | null {
  const groups = [...new Set(link.groups)]
    .filter((group) => group !== '' && !group.endsWith('*'))
    .slice(0, MOST_GROUPS);
  for (const query of [FAILURES_QUERY, SHORTEST_QUERY]) {
    for (let count = groups.length; count > 0; count--) {
      const url = insightsUrl({ ...link, groups: groups.slice(0, count) }, query);
      if (url.length <= LONGEST_LINK) return url;
    }
  }
  return null;
}

/**
 * The form is nowhere documented; it is what the console itself writes into the address bar, with times in UTC. The
 * `tab` at its end keeps mail readers from taking the last parenthesis for one of the sentence around the address.
 */
function insightsUrl({ region, groups, fromMs, toMs }: LogsLink, query: string): string {
  const detail = [
    `end~'${escapeValue(iso(toMs))}`,
    `start~'${escapeValue(iso(fromMs))}`,
    "timeType~'ABSOLUTE",
    "tz~'UTC",
    `editorString~'${escapeValue(query)}`,
    `source~(${groups.map((group) => `~'${escapeValue(group)}`).join('')})`,
    "lang~'CWLI",
  ].join('~');
  return `${consoleUrl(region)}#logsV2:logs-insights$3FqueryDetail$3D~(${detail})$26tab$3Dlogs`;
}

/** Every byte beyond `[A-Za-z0-9_.-]` as `*` and two lowercase hexadecimal digits. */
function escapeValue(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.-]/.test(character) ? character : `*${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function consoleUrl(region: string): string {
  const name = encodeURIComponent(region);
  return `https://${name}.${consoleDomain(region)}/cloudwatch/home?region=${name}`;
}

/** Of the partitions aws-cn and aws-us-gov, and of all others. */
function consoleDomain(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com';
  return 'console.aws.amazon.com';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
