/**
 * Names that synth time (`lib/`) and run time (`lambdas/`, `adapters/aws`) must agree on. Imports nothing.
 */

/** Environment variables of the deployed functions. */
export const ENV = {
  /** Name of the one table. */
  table: 'BADGATEWAY_TABLE',
  /** URL of the FIFO queue of wake-ups. */
  wakeQueueUrl: 'BADGATEWAY_WAKE_QUEUE_URL',
  /** What the functions need to know of the services: JSON of `ServiceContract[]`, see `encodeServices`. */
  services: 'BADGATEWAY_SERVICES',
  /** Name of the deployment: the first part of the names of its subscription filters. */
  deployment: 'BADGATEWAY_DEPLOYMENT',
  /** Of `evaluate`: ARN of the topic that alerts go to. */
  alertTopicArn: 'BADGATEWAY_ALERT_TOPIC_ARN',
  /** Of `evaluate`: when failures become an alert. JSON of the configuration's `PolicyConfig`. */
  policy: 'BADGATEWAY_POLICY',
  /** Of `evaluate`: `LogGroupsContract`, for links and for what is looked up; as `encodeServices` writes. */
  logGroups: 'BADGATEWAY_LOG_GROUPS',
  /** Of `evaluate`: e-mail addresses that are subscribed to the topic; as `encodeServices` writes. Empty when they are many. */
  alertEmails: 'BADGATEWAY_ALERT_EMAILS',
  /** Of `slack`: ARN of the secret that holds the webhook's URL; the URL itself is in no environment. */
  slackSecretArn: 'BADGATEWAY_SLACK_SECRET_ARN',
} as const;

/** Environment variables that no stack sets: for tests of deployed functions. */
export const TEST_ENV = {
  /** Of `slack`: an origin that webhooks may have beside Slack's, `http://127.0.0.1:8080`. */
  slackOrigin: 'BADGATEWAY_TEST_SLACK_ORIGIN',
} as const;

/**
 * Names of log groups by service and role, with a `*` at the end where they are many. Of very many, only those of the
 * roles that are searched, or none: then there is no link and no context.
 */
export type LogGroupsContract = Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
>;

/** Roles of the logs that are looked into when an alert is sent. */
export const SEARCHED_ROLES: readonly string[] = ['gunicorn', 'app', 'system'];

/** What a deployed function knows of one service. Small: all services share 4 KB of environment. */
export type ServiceContract = {
  readonly name: string;
  /** Which logs it has. */
  readonly roles: readonly string[];
  /** NGINX `log_format`s of its access logs, by the key that the subscription filter's name ends with. */
  readonly formats: Readonly<Record<string, string>>;
  /** Templates of log stream names with `{host}`; empty: see `hostOfStream`. */
  readonly streams: readonly string[];
  readonly gunicornVersion: string | null;
  readonly workerClass: string | null;
  readonly timeoutSeconds: number | null;
  readonly unit: string | null;
  /** Where it differs from the default: everything is taken out. */
  readonly privacy?: PrivacyContract;
};

export type PrivacyContract = {
  /** What is not taken out: of `queries`, `tokens`, `emails`, `addresses`. */
  readonly keep?: readonly string[];
  /** Names of further keys whose values are. */
  readonly extra?: readonly string[];
};

/**
 * The service that drills are counted under: as every other one, so that a drill takes the whole way, and apart from
 * them, so that none of their counts has a drill in it. No service of a configuration may have its name.
 */
export const DRILL_SERVICE: ServiceContract = {
  name: 'badgateway-drill',
  roles: ['error'],
  formats: {},
  // A log stream for each drill, named after it.
  streams: ['{host}'],
  gunicornVersion: null,
  workerClass: null,
  timeoutSeconds: null,
  unit: null,
};

/**
 * A subscription filter's name tells the ingest function what it gets, since CloudWatch puts it into each delivery
 * (`subscriptionFilters`): `badgateway/DEPLOYMENT/SERVICE/ROLE/FORMAT`. A name has at most 512 characters, none of
 * them `:` or `*` (PutSubscriptionFilter).
 */
const FILTER_PREFIX = 'badgateway';

export type FilterName = {
  readonly deployment: string;
  readonly service: string;
  readonly role: string;
  /** Key of the access log's format; `-` for other logs. */
  readonly format: string;
};

export function filterNameOf(parts: FilterName): string {
  return [FILTER_PREFIX, parts.deployment, parts.service, parts.role, parts.format].join('/');
}

/** The parts of a name that `filterNameOf` made; `null` for the filters of others. */
export function parseFilterName(name: string): FilterName | null {
  const [prefix, deployment, service, role, format, ...rest] = name.split('/');
  if (prefix !== FILTER_PREFIX || rest.length > 0) return null;
  if (!deployment || !service || !role || !format) return null;
  return { deployment, service, role, format };
}

/** CloudWatch namespace of all metrics. */
export const METRIC_NAMESPACE = 'BadGateway';

export const METRICS = {
  /** Failed requests; dimensions Deployment, Service and Deployment, Service, Cause. */
  failures: 'Failures',
  /** All requests of a service's access logs, counted by metric filters; its name ends with the service's. */
  requests: 'Requests',
  /** Milliseconds from an event to its delivery, of the newest event of a batch; Deployment, Service. */
  deliveryLag: 'DeliveryLag',
  /** Log events delivered; Deployment, Service. */
  events: 'Events',
  /** Lines in no form that their log has; Deployment, Service. */
  unparsed: 'UnparsedLines',
  /** Events that had been delivered before; Deployment, Service. */
  duplicates: 'DuplicatesDropped',
  /** Deliveries that had been taken in before, event for event; Deployment, Service. */
  repeated: 'BatchesRepeated',
  /** Events older than 15 days, which can no longer be counted; Deployment, Service. */
  tooOld: 'EventsTooOld',
  /** Events that could not be read beside others that could; Deployment, Service. */
  poisoned: 'PoisonEvents',
  /** Deliveries refused whole, retried by Lambda and then kept in the dead-letter queue; Deployment, Reason. */
  rejected: 'BatchesRejected',
  /** Evaluations that failed, in whole or in part, and are repeated by the sweep; Deployment, Service. */
  evaluationFailures: 'EvaluationFailures',
  /** Service-minutes whose counts changed; Deployment, Service. */
  evaluated: 'MinutesEvaluated',
  /** Log groups that could not be subscribed; Deployment. */
  unsubscribed: 'GroupsNotSubscribed',
  /** Incidents that people are told of, when they open or come back, and when they are over; Deployment, Service. */
  incidentsOpened: 'IncidentsOpened',
  incidentsResolved: 'IncidentsResolved',
  /** Messages that the topic took, and times that it did not take one, which is then tried again; Deployment, Service. */
  published: 'AlertsPublished',
  publishFailures: 'AlertPublishFailures',
  /** Times that a service was counted but its incidents could not be decided, which is done again; Deployment, Service. */
  alertingFailures: 'AlertingFailures',
  /** Messages that went out with less in them than they should have; those that no form of was taken; Deployment, Service. */
  shortened: 'AlertsShortened',
  dropped: 'AlertsDropped',
  /** Looks into the logs for an alert, and questions for the number of requests, that failed; Deployment, Service. */
  contextFailures: 'AlertContextFailures',
  requestCountFailures: 'RequestCountFailures',
  /** Subscriptions of the topic that get nothing, and times that it could not be found out; Deployment. */
  subscriptionsMissing: 'SubscriptionsMissing',
  subscriptionCheckFailures: 'SubscriptionCheckFailures',
  /** Messages posted to Slack, and those that had been posted before; Deployment. */
  slackPosted: 'SlackPosted',
  slackRepeated: 'SlackRepeatsDropped',
  /** Messages that Slack would never take, which were dropped; Deployment. */
  slackRefused: 'SlackRefused',
  /** Messages that Slack did not take in time; Lambda tries again and then keeps them as dead letters; Deployment. */
  slackFailed: 'SlackFailures',
} as const;

/** Name of the metric that a service's metric filters count all requests with (no dimensions: they forbid a default value). */
export function requestMetricName(deployment: string, service: string): string {
  return `${METRICS.requests}/${deployment}/${service}`;
}

/** Length of a wake-up bucket: at most one evaluation of a service in this time, seconds. */
export const WAKE_DELAY_SECONDS = 10;

/** What the schedule sends to `evaluate`. */
export const SWEEP_EVENT = { kind: 'sweep' } as const;

/** One log group of a service, as the `subscribe` function is told of it. */
export type GroupContract = {
  /** Name; with a `*` at its end: all groups whose names begin so. */
  readonly name: string;
  readonly filterName: string;
  readonly filterPattern: string;
  /** Metric that counts all lines; `null` for logs other than access logs. */
  readonly requestMetric: string | null;
};

/** A log group whose streams are looked at, to know which hosts send which logs even while nothing fails. */
export type WatchedGroup = Pick<GroupContract, 'name' | 'filterName'>;

/** What the `subscribe` function is called with, by CloudFormation (as resource properties) and by the schedule. */
export type SubscribeRequest = {
  readonly deployment: string;
  readonly destinationArn: string;
  readonly groups: readonly GroupContract[];
  /** All groups, also those that CloudFormation puts the filters on. */
  readonly watched: readonly WatchedGroup[];
};

/** Attributes of the table's items. */
export const TABLE_ATTRIBUTES = {
  partition: 'pk',
  sort: 'sk',
  version: 'v',
  body: 'b',
  /** Epoch seconds; DynamoDB's TTL attribute. */
  expires: 'ttl',
} as const;
