import type { DType, TypedArray } from '../graph/dtype.js';
import type { StreamedDataset } from './stream.js';
import type { Preprocessing } from './table/preprocessing.js';

/** Per-feature affine map (x - mean) / scale, applied where the numbers are used, so that stored features keep their small dtype. */
export type Standardization = {
  /** Mean of each feature. */
  readonly mean: Float64Array;
  /** Standard deviation of each feature; 1 where the deviation is 0. */
  readonly scale: Float64Array;
};

/** Inputs of a model, examples first: data[count * product(shape)]. */
export type Features = {
  readonly data: TypedArray;
  /** Shape of one example, such as [784]. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Absent: features are used as they are. */
  readonly standardization?: Standardization;
};

/** What a model should answer: class labels (shape []) or real vectors (shape [o]). */
export type Targets = {
  readonly data: TypedArray;
  /** Shape of one example's target, [] for labels. */
  readonly shape: readonly number[];
  readonly dtype: 'int32' | 'uint8' | 'float32' | 'float64';
  /** Number of classes of labels, which then lie in [0, classes). */
  readonly classes?: number;
};

/** Examples in memory: features and targets of equal count. */
export type Dataset = {
  readonly count: number;
  readonly features: Features;
  readonly targets: Targets;
  /**
   * A weight >= 0 for every example: one of weight 2 counts like two examples, in the loss and in its metrics. Means are divided by the sum
   * of the weights, so only their proportions matter. Absent: all count alike.
   */
  readonly weights?: Float64Array;
  /** How the features were made from the rows of a table. A trainer remembers it, and can then take raw rows. Absent: they were not. */
  readonly preprocessing?: Preprocessing;
};

/** A data set split for training, with the model and the loss it is meant for. `Part`: in memory, or streamed. */
export type Task<Part extends Dataset | StreamedDataset = Dataset> = {
  readonly name: string;
  readonly train: Part;
  readonly validation: Part | null;
  readonly test: Part;
  /** Widths of the multi-layer perceptron from input to output, such as [784, 50, 10]. */
  readonly layers: readonly number[];
  readonly loss: 'crossEntropy' | 'squaredError';
  /** Epochs a run takes unless told otherwise. */
  readonly epochs: number;
  /** The task's own mini-batch size, used by optimizers that do not ask for another one. */
  readonly batchSize: number;
};
