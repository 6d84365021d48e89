import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { compileLogFormat, NAMED_FORMATS } from '../../../core/parse/log-format.ts';

/** The variables of a compiled format. */
function namesOf(source: string): string[] {
  return compileLogFormat(source).fields.map((field) => field.name);
}

function problemOf(source: string, escaping?: string): string {
  try {
    compileLogFormat(source, escaping as 'default');
  } catch (error) {
    if (error instanceof AppError && error.code === 'BadLogFormat') return error.message;
    throw error;
  }
  return 'none';
}

describe('compileLogFormat', () => {
  it('reads a format string', () => {
    const source = `a [$time_local] \${status}x`;
    expect(compileLogFormat(source)).toMatchObject({
      kind: 'text',
      source,
      escape: 'default',
      head: 'a [',
      fields: [
        { name: 'time_local', shape: 'time-local', width: 26, literal: '] ' },
        { name: 'status', shape: 'status', width: 3, literal: 'x' },
      ],
    });
  });

  it('reads a directive as it stands in nginx.conf', () => {
    const directive = `
      log_format  main escape=json  '{"time":"$time_iso8601",'   # when
        "\\"status\\":\\"$status\\","
        '"it\\'s":"$request"}';
      access_log /var/log/nginx/access.log main;`;
    const format = compileLogFormat(directive);
    expect(format.source).toBe(`{"time":"$time_iso8601","status":"$status","it's":"$request"}`);
    expect(format.escape).toBe('json');
  });

  it.each([
    ["log_format main '$time_local $status';", 'default'],
    ["log_format main escape=none '$time_local $status';", 'none'],
    ["escape=json '$time_local $status'", 'json'],
    ["'$time_local ' '$status'", 'default'],
    ['$time_local $status', 'default'],
  ])('finds the escaping of %s', (source, how) => {
    expect(compileLogFormat(source)).toMatchObject({ source: '$time_local $status', escape: how });
  });

  it("takes a URI's parts for one value", () => {
    expect(namesOf('$time_local $request_method $scheme://$host$request_uri $status')).toEqual([
      'time_local',
      'request_method',
      'scheme',
      'host$request_uri',
      'status',
    ]);
    expect(namesOf('$time_local "$uri$is_args$args" $status')).toContain('uri$is_args$args');
  });

  it('lets a value of a fixed length stand beside another', () => {
    expect(namesOf('$status$request_time $time_iso8601')).toHaveLength(3);
  });

  it.each([
    ['no variable', 'has no variable', 'combind'],
    ['no status', 'has no $status', '$remote_addr [$time_local]'],
    ['no time', 'has no time', '$remote_addr $status'],
    [
      'nothing between two variables',
      'between $remote_addr and $remote_user',
      '$remote_addr$remote_user [$time_local] $status',
    ],
    ['an unknown escape', 'unknown escape "xml"', "log_format a escape=xml '$time_local $status';"],
    ['a quote that is not closed', "no closing '", "log_format a '$time_local $status"],
    ['nothing', 'has no variable', ''],
  ])('refuses %s and says so', (_, words, source) => {
    expect(problemOf(source)).toContain(words);
  });

  it('refuses an unknown escape given beside the format', () => {
    expect(problemOf('$time_local $status', 'xml')).toContain('use default, json, none');
  });
});

describe('the place of the status', () => {
  it.each([
    ['combined', { quotes: 2, skip: 1 }],
    ['main', { quotes: 2, skip: 1 }],
    ['badgateway', { quotes: 2, skip: 1 }],
    ['ingress', { quotes: 2, skip: 1 }],
    ['json', null],
  ])('in %s', (name, anchor) => expect(NAMED_FORMATS[name]?.statusAnchor).toEqual(anchor));

  it.each([
    ['$status $time_local', 'default', { quotes: 0, skip: 0 }],
    ['s=$status $time_local', 'default', { quotes: 0, skip: 2 }],
    ['$time_local "$request" up $status', 'default', { quotes: 2, skip: 4 }],
    ['$time_local "$request" $request_time $status', 'default', null],
    ['$time_local $status', 'default', null],
    ['{"t":"$time_iso8601","status":"$status"}', 'default', { quotes: 7, skip: 0 }],
    ['{"t":"$time_iso8601","status":"$status"}', 'json', { needle: '"status":"' }],
    ['{"t":"$time_iso8601","status": $status}', 'json', { needle: '"status": ' }],
    ['{"status":"$x","t":"$time_iso8601","status":"$status"}', 'json', null],
    ['{"t":"$time_iso8601","$x":"y","status":"$status"}', 'json', null],
    ['$time_local "$request" $status', 'json', null],
    ['$time_local "$request" $status', 'none', null],
  ] as const)('in %s with escape=%s', (source, how, anchor) => {
    expect(compileLogFormat(source, how).statusAnchor).toEqual(anchor);
  });
});

describe('NAMED_FORMATS', () => {
  it('has no names but its own', () => {
    expect(Object.keys(NAMED_FORMATS).sort()).toEqual([
      'badgateway',
      'combined',
      'ingress',
      'json',
      'main',
    ]);
    expect(NAMED_FORMATS.constructor).toBeUndefined();
  });

  it('knows which tell of tries', () => {
    expect(NAMED_FORMATS.combined?.hasTries).toBe(false);
    expect(NAMED_FORMATS.badgateway?.hasTries).toBe(true);
    expect(NAMED_FORMATS.ingress?.hasTries).toBe(true);
  });
});
