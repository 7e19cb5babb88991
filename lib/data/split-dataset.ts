import { expected } from '../base/errors.js';
import type { Dataset } from './dataset.js';
import { type SplitOptions, split } from './split.js';
import { standardizationOf } from './standardization.js';
import { subset } from './subset.js';

/** How a data set is dealt out. */
export type SplitDatasetOptions = SplitOptions & {
  /**
   * Whether features are standardized with means and deviations of the training examples alone, in place of what the data set came with.
   * @default false
   */
  readonly standardize?: boolean;
};

/** The parts of a data set. */
export type DatasetSplit = { readonly train: Dataset; readonly validation: Dataset | null; readonly test: Dataset };

/**
 * Deals the examples of a data set out at random: by default 15 % validate (null where the share is 0), 15 % test, the rest train. Equal
 * seeds deal equally. Weights, standardization and whatever else the data set carries go along with its parts.
 * @throws TypeError for unknown options, RangeError for shares that leave nothing to train on.
 */
export function splitDataset(dataset: Dataset, options: SplitDatasetOptions = {}): DatasetSplit {
  const who = 'splitDataset';
  const { standardize = false, ...shares } = options;
  if (typeof standardize !== 'boolean') throw expected(who, 'standardize to be true or false', String(standardize));
  const rows = split(who, dataset.count, shares);
  const train = subset(dataset, rows.train);
  const standardization = standardize ? standardizationOf([train.features.data], train.features.data.length / train.count) : undefined;
  const finished = (part: Dataset): Dataset =>
    standardization === undefined ? part : { ...part, features: { ...part.features, standardization } };
  return {
    train: finished(train),
    validation: rows.validation.length === 0 ? null : finished(subset(dataset, rows.validation)),
    test: finished(subset(dataset, rows.test)),
  };
}
