/**
 * The configuration as people write it: in `badgateway.yaml` and as properties of the construct. `schema.ts` says what
 * is allowed, `config.ts` is what it comes to.
 *
 * Times are numbers with a unit: `30s`, `5m`, `4h`, `1d`, `1h30m`.
 */

/** What badgateway watches, and whom it tells. */
export type ConfigInput = {
  /** The services to watch, at least one. Failures are counted, and alerts sent, by service. */
  readonly services: readonly ServiceInput[];
  /** Whom to tell, and when. Without it nobody is told; the alert topic can still be subscribed to. */
  readonly alerts?: AlertsInput;
  /** What is taken out of log lines before they are stored or sent. Everything, unless something is kept here. */
  readonly privacy?: PrivacyInput;
  /**
   * How logs get from CloudWatch to the functions.
   * @default 'lambda'
   */
  readonly transport?: 'lambda';
};

/** One service: NGINX and the Gunicorn behind it, on any number of hosts. */
export type ServiceInput = {
  /** Lower-case letters, digits and `-`, a letter first, at most 32: `shop`. It stands in alerts, metrics and queries. */
  readonly name: string;
  /** Where its logs are in CloudWatch Logs. At least one of access, error, gunicorn and system. */
  readonly logs: LogsInput;
  /**
   * How log streams are named, when the host cannot be told from their names: `{host}` stands where the host's name
   * is, `*` for anything: `nginx/{host}/*`. The first that fits counts.
   * @default found out from the names
   */
  readonly streams?: string | readonly string[];
  /** What is known of its Gunicorn. Sharpens verdicts and fixes where the logs do not tell. */
  readonly gunicorn?: GunicornInput;
};

/** Log groups by what is in them: one or a list. */
export type LogsInput = {
  /** NGINX's access logs: which requests failed, and how many there were. */
  readonly access?: AccessLogGroupInput | readonly AccessLogGroupInput[];
  /** NGINX's error logs: what NGINX saw of each failure. */
  readonly error?: LogGroupInput | readonly LogGroupInput[];
  /** Gunicorn's logs: why. */
  readonly gunicorn?: LogGroupInput | readonly LogGroupInput[];
  /** Journals, syslogs and kernel logs of the hosts: out of memory, failed units. Two services may share one. */
  readonly system?: LogGroupInput | readonly LogGroupInput[];
  /** Logs of the application; searched for context, never subscribed to. */
  readonly app?: AppLogGroupInput | readonly AppLogGroupInput[];
};

/** The name of a log group (with a `*` at its end: of all groups that begin so), or a name and more. */
type LogGroupInput = string | LogGroupDetails;

/** The same for an access log, which has a format. */
export type AccessLogGroupInput = string | AccessLogGroupDetails;

/** The same for an application's log, which is not subscribed to and so has no pattern. */
type AppLogGroupInput = string | Omit<LogGroupDetails, 'pattern'>;

/** A log group of which more than the name is to be said. */
export type LogGroupDetails = {
  /**
   * The log group's name; it need not exist yet. With a `*` at its end it stands for all groups whose names begin so,
   * now and later.
   */
  readonly name: string;
  /**
   * CloudWatch filter pattern that passes what the functions get, at most 1,024 characters.
   * @default a pattern for the kind of log, which passes failures and what explains them
   */
  readonly pattern?: string;
  /**
   * Whether the stack makes the group (and keeps it when the stack is deleted). Not for a name with a `*`.
   * @default false
   */
  readonly create?: boolean;
};

/** An access log of which more than the name is to be said. */
type AccessLogGroupDetails = LogGroupDetails & {
  /**
   * NGINX's `log_format`: its string from nginx.conf with the $variables, or the name of a known one: combined, main,
   * badgateway, ingress, json.
   * @default 'combined'
   */
  readonly format?: string;
};

/** What is known of a service's Gunicorn. */
type GunicornInput = {
  /** Its version: `23.0.0`. What it logs and answers differs between versions. */
  readonly version?: string;
  /** Its worker class: `sync`, `gthread`, `uvicorn.workers.UvicornWorker`. */
  readonly workerClass?: string;
  /** Its `--timeout`, in whole seconds: `30s`. */
  readonly timeout?: string;
  /** The systemd unit that runs it: `shop.service`. */
  readonly unit?: string;
};

/** Whom to tell, and when. */
export type AlertsInput = {
  /** Addresses that get alerts by e-mail. Each has to confirm its subscription once. */
  readonly email?: string | readonly string[];
  /** The Slack channel that gets alerts. */
  readonly slack?: SlackWebhookInput | SlackChatInput;
  /** When failures become an alert. */
  readonly policy?: PolicyInput;
};

/** Slack by an incoming webhook. */
type SlackWebhookInput = {
  /** ARN of the Secrets Manager secret that holds the webhook's URL. The URL itself never stands in a configuration. */
  readonly webhookSecret: string;
};

/** Slack through Amazon Q Developer in chat applications. */
type SlackChatInput = {
  /** Id of a Slack workspace that Amazon Q Developer is authorised for: `T0123ABCD`. */
  readonly workspaceId: string;
  /** Id of the channel, not its name: `C0123ABCD`. */
  readonly channelId: string;
};

/** When failures become an alert, and an alert ends. */
export type PolicyInput = {
  /**
   * Least failures of one cause within `window` that open an incident.
   * @default 5
   */
  readonly minFailures?: number;
  /**
   * The time that failures are counted over, in whole minutes from 1m to 1h.
   * @default '5m'
   */
  readonly window?: string;
  /**
   * Least share of requests that fail within `window`: `1%` or `0.01`. Counts where an access log tells all requests.
   * @default '1%'
   */
  readonly minRate?: string | number;
  /**
   * How long there is no failure before an incident is resolved, in whole minutes from 1m to 1d.
   * @default '10m'
   */
  readonly resolveAfter?: string;
  /**
   * How often an open incident is told again, in whole minutes from 5m to 30d.
   * @default '4h'
   */
  readonly renotify?: string;
};

/** What is taken out of log lines before they are stored or sent. */
export type PrivacyInput = {
  /**
   * Query strings of requests and other URLs.
   * @default 'remove'
   */
  readonly queries?: 'remove' | 'keep';
  /**
   * Credentials: headers such as Authorization and Cookie, values of keys such as password and api_key, JSON Web Tokens,
   * keys of AWS and others, long random texts.
   * @default 'remove'
   */
  readonly tokens?: 'remove' | 'keep';
  /**
   * E-mail addresses.
   * @default 'remove'
   */
  readonly emails?: 'remove' | 'keep';
  /**
   * Addresses of clients: of IPv4 the last number, of IPv6 all but the first three groups. Upstreams' addresses stay.
   * @default 'mask'
   */
  readonly addresses?: 'mask' | 'keep';
  /** Names of further keys whose values are removed: `card_number`. Case, `_` and `-` do not matter. At most 50. */
  readonly extra?: readonly string[];
};
