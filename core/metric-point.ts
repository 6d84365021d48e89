/** A measured value, to be published as a CloudWatch metric. */
export type MetricPoint = {
  /** One of `METRICS`. */
  readonly name: string;
  readonly unit: 'Count' | 'Milliseconds';
  readonly value: number;
  /** Beside the deployment, which all have. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Epoch milliseconds; now, unless given. */
  readonly atMs?: number;
};
