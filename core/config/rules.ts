/** What each value of the configuration may be. Every error says what is allowed, so that `problem.ts` can add what it is. */
import * as z from 'zod';
import { AppError } from '../errors.ts';
import { compileLogFormat, NAMED_FORMATS } from '../parse/log-format.ts';
import { didYouMean } from './did-you-mean.ts';
import { DURATION, parseDuration } from './duration.ts';
import { parseShare, SHARE } from './share.ts';

/** What an editor shows and offers for a value. A `pattern` has no flags there. */
type About = {
  readonly description: string;
  readonly examples?: readonly string[];
  readonly default?: string | number | boolean;
};
type Text = About & { readonly pattern: RegExp; readonly allowed: string };

/** In an issue's `params`: its message says what the value is, too. */
export const IS_COMPLETE = { isComplete: true } as const;

/** A value that only CloudFormation knows; strings of constructs hold it as `${Token[…]}`. */
const TOKEN = /\$\{Token\[[^\]]+\]\}/;
/** Longer than any value may be; no pattern is tried on more. */
const LONGEST = 1_024;
const SECONDS_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MOST_PATTERN_CHARACTERS = 1_024;
const MOST_FORMAT_CHARACTERS = 2_000;
const WORKER_CLASSES = ['sync', 'gthread', 'gevent', 'eventlet', 'tornado', 'asgi'];

/** A mapping with no other keys than these. */
export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  { allowed, ...about }: About & { readonly allowed: string },
): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape).join(', ');
  return z
    .strictObject(shape, {
      // The one place that knows them; `problem.ts` reads them from here.
      error: (issue) => (issue.code === 'unrecognized_keys' ? keys : allowed),
    })
    .meta(metaOf(about));
}

export const serviceName = text({
  description: 'Stands in alerts, metrics and queries: lower-case letters, digits and -.',
  pattern: /^[a-z][a-z0-9-]{0,31}$/,
  allowed: 'use lower-case letters, digits and -, a letter first, at most 32 characters',
  examples: ['shop'],
});

export const groupName = textOrToken({
  description:
    'Name of a CloudWatch log group, which need not exist yet; with a * at its end: all groups that begin so.',
  pattern: /^(?!aws\/)[.\-_/#A-Za-z0-9]{1,512}\*?$/,
  allowed:
    'use the name of a log group: letters, digits and . - _ / #, at most 512, with a * at its end for all that begin so',
  examples: ['/shop/nginx/access'],
});

export const filterPattern = z
  .string('use a CloudWatch filter pattern in quotes')
  .refine(
    (pattern) => pattern.length <= MOST_PATTERN_CHARACTERS && !/\p{Cc}/u.test(pattern),
    `use a CloudWatch filter pattern of one line, at most ${MOST_PATTERN_CHARACTERS} characters`,
  )
  .meta({
    description:
      'CloudWatch filter pattern that passes what the functions get; one for the kind of log unless set.',
    maxLength: MOST_PATTERN_CHARACTERS,
  });

const formatAllowed = `use NGINX's log_format string with its $variables, or one of ${Object.keys(NAMED_FORMATS).join(', ')}`;

export const accessFormat = z
  .string(formatAllowed)
  .superRefine((format, context) => {
    const refusal = refusalOfFormat(format);
    if (refusal !== null) context.addIssue({ code: 'custom', ...refusal });
  })
  .meta({
    description: "NGINX's log_format string of this access log, or the name of a known one.",
    examples: Object.keys(NAMED_FORMATS),
    default: 'combined',
  });

/** Contains one `{host}` that does not touch a `*`: where the name ends could not be told. */
export const streamTemplate = text({
  description: "Template of log stream names: {host} where the host's name stands, * for anything.",
  pattern: /^(?!.*(?:\*\{host\}|\{host\}\*|\{host\}.*\{host\}))(?=.*\{host\})[^:\r\n\t]{1,512}$/,
  allowed:
    'use one {host} where the name of the host stands and * for anything else, not side by side, such as nginx/{host}/*',
  examples: ['{host}', 'nginx/{host}/*'],
});

export const gunicornVersion = text({
  description: "Gunicorn's version, in quotes.",
  pattern: /^\d{1,3}(?:\.\d{1,4}){0,3}$/,
  allowed: 'use numbers in quotes such as "23.0.0"',
  examples: ['23.0.0'],
});

export const workerClass = text({
  description: "Gunicorn's worker class.",
  pattern: /^[A-Za-z_][\w.:#-]{0,127}$/,
  allowed: 'use a worker class such as sync, gthread or uvicorn.workers.UvicornWorker',
  examples: [...WORKER_CLASSES, 'uvicorn.workers.UvicornWorker'],
}).superRefine((name, context) => {
  const near = WORKER_CLASSES.includes(name) ? null : didYouMean(name, WORKER_CLASSES);
  if (near === null) return;
  const message = `did you mean ${near}?`;
  context.addIssue({ code: 'custom', message, params: IS_COMPLETE });
});

export const unitName = text({
  description: 'The systemd unit that runs Gunicorn.',
  pattern: /^[A-Za-z0-9:_.\\@-]{1,240}\.service$/,
  allowed: 'use the whole name of a systemd unit such as shop.service',
  examples: ['shop.service'],
});

export const email = textOrToken({
  description: 'An address that gets alerts; it has to confirm the subscription once.',
  pattern: /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,250}\.[A-Za-z][A-Za-z0-9-]{1,62}$/,
  allowed: 'use an e-mail address such as ops@example.com',
  examples: ['ops@example.com'],
});

export const extraKey = text({
  description: 'Name of a further key whose values are removed.',
  pattern: /^[A-Za-z][\w-]{2,63}$/,
  allowed: 'use the name of a key: letters, digits, _ and -, a letter first, 3 to 64 characters',
  examples: ['card_number'],
});

export const webhookSecret = textOrToken({
  description: "ARN of the Secrets Manager secret that holds the webhook's URL.",
  pattern: /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,519}$/,
  allowed:
    "use the ARN of the Secrets Manager secret that holds the webhook's URL (arn:aws:secretsmanager:…)",
});

export const workspaceId = textOrToken({
  description: 'Id of a Slack workspace that Amazon Q Developer is authorised for.',
  pattern: /^[TE][0-9A-Z]{1,254}$/,
  allowed: 'use the id of the Slack workspace such as T0123ABCD',
  examples: ['T0123ABCD'],
});

export const channelId = textOrToken({
  description: 'Id of the Slack channel, not its name.',
  pattern: /^[CGD][0-9A-Z]{1,254}$/,
  allowed: 'use the id that Slack shows in the details of the channel such as C0123ABCD',
  examples: ['C0123ABCD'],
});

export const gunicornTimeout = duration({
  description: "Gunicorn's --timeout.",
  stepMs: SECONDS_MS,
  leastMs: SECONDS_MS,
  mostMs: DAY_MS,
  allowed: 'use whole seconds from 1s to 1d with the unit, such as 30s (leave a timeout of 0 out)',
  examples: ['30s'],
});

export const minFailures = z
  .int('use a whole number from 1 to 1000000')
  .min(1, 'use a whole number from 1 to 1000000')
  .max(1_000_000, 'use a whole number from 1 to 1000000')
  .meta({
    description: 'Least failures of one cause within the window that open an incident.',
    default: 5,
  });

export const window = duration({
  description: 'The time that failures are counted over.',
  stepMs: MINUTE_MS,
  leastMs: MINUTE_MS,
  mostMs: 60 * MINUTE_MS,
  allowed: 'use whole minutes from 1m to 1h with the unit, such as 5m',
  default: '5m',
});

const shareAllowed = 'use a percentage from 0% to 100% such as 1%, or a fraction such as 0.01';

export const minRate = z
  .union(
    [
      z
        .string(shareAllowed)
        .refine((share) => parseShare(share) !== null, shareAllowed)
        .meta({ pattern: SHARE.source }),
      z.number(shareAllowed).min(0, shareAllowed).max(1, shareAllowed),
    ],
    shareAllowed,
  )
  .meta({
    description:
      'Least share of requests that fail within the window: 1% or 0.01. Counts where an access log tells all requests.',
    default: '1%',
  });

export const resolveAfter = duration({
  description: 'How long there is no failure before an incident is resolved.',
  stepMs: MINUTE_MS,
  leastMs: MINUTE_MS,
  mostMs: DAY_MS,
  allowed: 'use whole minutes from 1m to 1d with the unit, such as 10m',
  default: '10m',
});

export const renotify = duration({
  description: 'How often an open incident is told again.',
  stepMs: MINUTE_MS,
  leastMs: 5 * MINUTE_MS,
  mostMs: 30 * DAY_MS,
  allowed: 'use whole minutes from 5m to 30d with the unit, such as 4h',
  default: '4h',
});

function text({ pattern, allowed, ...about }: Text): z.ZodString {
  return z
    .string(allowed)
    .refine((value) => value.length <= LONGEST && pattern.test(value), allowed)
    .meta({ ...metaOf(about), pattern: pattern.source });
}

/** For what a construct may not know before the deployment. */
function textOrToken({ pattern, allowed, ...about }: Text): z.ZodString {
  return z
    .string(allowed)
    .refine(
      (value) => value.length <= LONGEST && (pattern.test(value) || TOKEN.test(value)),
      allowed,
    )
    .meta({ ...metaOf(about), pattern: pattern.source });
}

type Duration = About & {
  readonly allowed: string;
  readonly stepMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
};

function duration({ allowed, stepMs, leastMs, mostMs, ...about }: Duration): z.ZodString {
  const isAllowed = (value: string): boolean => {
    const ms = parseDuration(value);
    return ms !== null && ms % stepMs === 0 && ms >= leastMs && ms <= mostMs;
  };
  return z
    .string(allowed)
    .refine((value) => value.length <= LONGEST && isAllowed(value), allowed)
    .meta({ ...metaOf(about), pattern: DURATION.source });
}

function metaOf({ examples, ...about }: About): z.core.GlobalMeta {
  return examples === undefined ? about : { ...about, examples: [...examples] };
}

function refusalOfFormat(format: string): { message: string; params?: object } | null {
  if (NAMED_FORMATS[format] !== undefined) return null;
  if (!format.includes('$')) return { message: formatAllowed };
  if (format.length > MOST_FORMAT_CHARACTERS) {
    return { message: `use a log_format of at most ${MOST_FORMAT_CHARACTERS} characters` };
  }
  try {
    compileLogFormat(format);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { message: error.message, params: IS_COMPLETE };
  }
}
