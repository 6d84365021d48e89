import { describe, expect, it } from 'vitest';
import { type LogsLink, logsInsightsLink } from '../../core/links.ts';

const LINK: LogsLink = {
  region: 'eu-west-1',
  groups: ['/shop/nginx/error', '/shop/gunicorn'],
  fromMs: Date.UTC(2026, 10, 20, 14, 0),
  toMs: Date.UTC(2026, 10, 20, 14, 5, 30),
};

/** What the console makes of the address: the values of the query. */
function read(link: string | null) {
  const detail = /queryDetail\$3D~\((.*)\)\$26tab\$3Dlogs$/.exec(link ?? '')?.[1] ?? '';
  const text = (value = '') =>
    decodeURIComponent(value.replace(/\*([0-9a-f]{2})/g, (_, hex) => `%${hex}`));
  return {
    end: text(/end~'([^~]*)/.exec(detail)?.[1]),
    start: text(/start~'([^~]*)/.exec(detail)?.[1]),
    query: text(/editorString~'([^~]*)/.exec(detail)?.[1]),
    groups: [
      ...(/source~\(((?:~'[^~)]*)*)\)/.exec(detail)?.[1]?.matchAll(/~'([^~)]*)/g) ?? []),
    ].map(([, group]) => text(group)),
  };
}

describe('the link to Logs Insights', () => {
  it('has the form of the console', () => {
    expect(logsInsightsLink(LINK)).toMatchInlineSnapshot(
      `"https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:logs-insights$3FqueryDetail$3D~(end~'2026-11-20T14*3a05*3a30.000Z~start~'2026-11-20T14*3a00*3a00.000Z~timeType~'ABSOLUTE~tz~'UTC~editorString~'fields*20*40timestamp*2c*20*40logStream*2c*20*40message*0a*7c*20filter*20*40message*20not*20like*20*2f*22*20*5b1-4*5d*5cd*5cd*20*7c*22status*22*3a*20*3f*22*3f*5b1-4*5d*5cd*5cd*2f*0a*7c*20sort*20*40timestamp*20asc*0a*7c*20limit*201000~source~(~'*2fshop*2fnginx*2ferror~'*2fshop*2fgunicorn)~lang~'CWLI)$26tab$3Dlogs"`,
    );
  });

  it('says which groups, when and which lines', () => {
    expect(read(logsInsightsLink(LINK))).toEqual({
      start: '2026-11-20T14:00:00.000Z',
      end: '2026-11-20T14:05:30.000Z',
      query: expect.stringContaining('fields @timestamp, @logStream, @message\n| filter'),
      groups: LINK.groups,
    });
  });

  it.each([
    ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#'],
    ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#'],
    [
      'us-gov-west-1',
      'https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#',
    ],
  ])('of %s leads to the console of its partition', (region, start) => {
    expect(logsInsightsLink({ ...LINK, region })?.startsWith(start)).toBe(true);
  });

  it('is short enough for Slack, with the first groups, however many there are', () => {
    const groups = Array.from({ length: 200 }, (_, index) => `/shop/${'x'.repeat(100)}/${index}`);
    const link = logsInsightsLink({ ...LINK, groups });
    expect(link?.length).toBeLessThan(3_000);
    const shown = read(link).groups;
    expect(shown.length).toBeGreaterThan(10);
    expect(shown).toEqual(groups.slice(0, shown.length));
  });

  it('leaves out groups that are known by the beginning of their names only, and is none without a group', () => {
    expect(read(logsInsightsLink({ ...LINK, groups: ['/a/*', '/b', '/b'] })).groups).toEqual([
      '/b',
    ]);
    expect(logsInsightsLink({ ...LINK, groups: ['/a/*'] })).toBeNull();
    expect(logsInsightsLink({ ...LINK, groups: [] })).toBeNull();
  });

  it('lets no name out of its place', () => {
    const group = "/a')~source~(~'/b *2f$&#<>|é\n";
    const link = logsInsightsLink({ ...LINK, groups: [group] });
    expect(read(link).groups).toEqual([group]);
    expect(link).toMatch(/^[\w.~()'*$:/?=#-]+$/);
  });
});
