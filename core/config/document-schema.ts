import * as z from 'zod';
import type { Same } from '../schema/same.ts';
import type { ConfigInput, LogGroupDetails } from './input.ts';
import * as rules from './rules.ts';

const { mapping } = rules;

const appKeys = {
  name: rules.groupName,
  create: z
    .boolean('use true or false')
    .meta({
      description: 'The stack makes the group, and keeps it when the stack is deleted.',
      default: false,
    })
    .optional(),
};

const groupKeys = { ...appKeys, pattern: rules.filterPattern.optional() };

const aboutGroup = {
  allowed: 'use the name of a log group, or a mapping with its name',
  description: 'A log group of which more than the name is to be said.',
};

const appLogGroup = mapping(appKeys, aboutGroup);
const logGroup = mapping(groupKeys, aboutGroup);
const accessLogGroup = mapping({ ...groupKeys, format: rules.accessFormat.optional() }, aboutGroup);

/** One, or a list. A prefix cannot be made. */
function groups<Group extends z.ZodType<LogGroupDetails>>(group: Group, description: string) {
  const checked = group.refine(({ name, create }) => create !== true || !name.endsWith('*'), {
    error: 'take create out, or give a name without the * at its end',
    path: ['create'],
    params: rules.IS_COMPLETE,
  });
  const one = z.union([rules.groupName, checked], aboutGroup.allowed);
  const allowed = 'use the name of a log group, or a list of them';
  return z
    .union([rules.groupName, checked, z.array(one, allowed)], allowed)
    .meta({ description })
    .optional();
}

const logs = mapping(
  {
    access: groups(accessLogGroup, "NGINX's access logs: which requests failed."),
    error: groups(logGroup, "NGINX's error logs: what NGINX saw of each failure."),
    gunicorn: groups(logGroup, "Gunicorn's logs: why."),
    system: groups(logGroup, 'Journals, syslogs and kernel logs. Two services may share one.'),
    app: groups(appLogGroup, 'Logs of the application, searched for context.'),
  },
  {
    allowed: 'use a mapping from access, error, gunicorn, system and app to log groups',
    description: 'Log groups by what is in them: one or a list. At least one that is not app.',
  },
).refine(
  ({ access, error, gunicorn, system }) =>
    [access, error, gunicorn, system].flat().some((given) => given !== undefined),
  {
    error: 'give at least one log group of access, error, gunicorn or system',
    params: rules.IS_COMPLETE,
  },
);

const gunicorn = mapping(
  {
    version: rules.gunicornVersion.optional(),
    workerClass: rules.workerClass.optional(),
    timeout: rules.gunicornTimeout.optional(),
    unit: rules.unitName.optional(),
  },
  {
    allowed: 'use a mapping of version, workerClass, timeout and unit',
    description: 'What is known of its Gunicorn: sharpens verdicts and fixes.',
  },
);

const service = mapping(
  {
    name: rules.serviceName,
    logs,
    streams: z
      .union(
        [rules.streamTemplate, z.array(rules.streamTemplate)],
        'use a template of log stream names, or a list of them',
      )
      .meta({
        description:
          'How log streams are named, when the host cannot be told from their names: {host} where its name stands, * for anything.',
      })
      .optional(),
    gunicorn: gunicorn.optional(),
  },
  {
    allowed: 'use a mapping with name and logs',
    description: 'One service: NGINX and the Gunicorn behind it, on any number of hosts.',
  },
);

const slack = z
  .union(
    [
      mapping(
        { webhookSecret: rules.webhookSecret },
        { allowed: 'use a mapping', description: 'Slack by an incoming webhook.' },
      ),
      mapping(
        { workspaceId: rules.workspaceId, channelId: rules.channelId },
        {
          allowed: 'use a mapping',
          description: 'Slack through Amazon Q Developer in chat applications.',
        },
      ),
    ],
    'use a mapping with webhookSecret, or one with workspaceId and channelId',
  )
  .meta({ description: 'The Slack channel that gets alerts.' });

const policy = mapping(
  {
    minFailures: rules.minFailures.optional(),
    window: rules.window.optional(),
    minRate: rules.minRate.optional(),
    resolveAfter: rules.resolveAfter.optional(),
    renotify: rules.renotify.optional(),
  },
  {
    allowed: 'use a mapping of minFailures, window, minRate, resolveAfter and renotify',
    description: 'When failures become an alert, and an alert ends.',
  },
);

const alerts = mapping(
  {
    email: z
      .union([rules.email, z.array(rules.email)], 'use an e-mail address, or a list of them')
      .meta({ description: 'Addresses that get alerts by e-mail.' })
      .optional(),
    slack: slack.optional(),
    policy: policy.optional(),
  },
  {
    allowed: 'use a mapping of email, slack and policy',
    description: 'Whom to tell, and when.',
  },
);

function removal<Word extends string>(word: Word, description: string) {
  return z
    .enum([word, 'keep'], `use ${word} or keep`)
    .meta({ description, default: word })
    .optional();
}

const MOST_EXTRA = 50;

const privacy = mapping(
  {
    queries: removal('remove', 'Query strings of requests and other URLs.'),
    tokens: removal('remove', 'Credentials: headers, cookies, passwords, keys, tokens.'),
    emails: removal('remove', 'E-mail addresses.'),
    addresses: removal('mask', 'Addresses of clients; those of upstreams stay.'),
    extra: z
      .array(rules.extraKey, 'use a list of names of keys')
      .max(MOST_EXTRA, `use at most ${MOST_EXTRA} names of keys`)
      .meta({ description: 'Names of further keys whose values are removed.' })
      .optional(),
  },
  {
    allowed: 'use a mapping of queries, tokens, emails, addresses and extra',
    description: 'What is taken out of log lines before they are stored or sent.',
  },
);

/** What `badgateway.yaml` and the construct take; `schema.ts` adds what concerns several places of it. */
export const documentSchema = mapping(
  {
    services: z
      .array(service, 'use a list of services, each with name and logs')
      .min(1, 'use a list of at least one service, with name and logs')
      .meta({ description: 'The services to watch.' }),
    alerts: alerts.optional(),
    privacy: privacy.optional(),
    transport: z
      .literal('lambda', {
        error: ({ input }) =>
          input === 'kinesis' ? 'use lambda until kinesis is available' : 'use lambda',
      })
      .meta({
        description: 'How logs get from CloudWatch to the functions.',
        default: 'lambda',
      })
      .optional(),
  },
  {
    allowed: 'use a mapping with services, and alerts if somebody is to be told',
    description: 'What badgateway watches, and whom it tells: badgateway.yaml.',
  },
).meta({ title: 'badgateway.yaml' });

// Does not compile once type and schema part.
true satisfies Same<z.infer<typeof documentSchema>, ConfigInput>;
