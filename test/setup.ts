/** Before each file of tests. */
import fc from 'fast-check';

/**
 * The same cases each time, so that a red gate says something about the change and not about luck.
 * `PROPERTY_SEED=random` looks for new ones; a number repeats a run.
 */
const { PROPERTY_SEED: wanted = '1' } = process.env;
fc.configureGlobal(wanted === 'random' ? {} : { seed: Number(wanted) });
