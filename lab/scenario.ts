import type { Stage } from './stage.ts';
import type { Truth } from './truth.ts';

/** What a scenario tells beyond what its client counted. */
export type Outcome = Partial<Pick<Truth, 'inputs' | 'confidence'>> & {
  /** Extra arguments beyond those that the access log format needs. */
  readonly args?: readonly string[];
};

/** One way to fail, or not to. */
export type Scenario = {
  /** Kebab-case; names its folder. */
  readonly name: string;
  /** What happens, as an operator would tell it afterwards. */
  readonly description: string;
  /** It is given up after so many seconds. */
  readonly deadlineSeconds?: number;
  readonly run: (stage: Stage) => Promise<Outcome | undefined>;
};
