/** Where a run stands: a line of its history. Losses and accuracies are means over the named part of the data; absent where the task has no such part. */
export type RunReport = {
  /** Passes over the training data so far. */
  readonly epoch: number;
  /** Optimizer steps so far, and of the whole run. */
  readonly step: number;
  readonly steps: number;
  readonly trainLoss: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly learningRate: number;
  /** lambda after the step, where the optimizer has one. */
  readonly damping?: number;
  /** Actual over predicted change of the loss in the last step, where damping adapts. */
  readonly rho?: number;
  /** Time spent in training steps; evaluation is not counted. */
  readonly seconds: number;
};

/** The last line of a history. Values that a task lacks, and numbers that are not finite, are null. */
export type FinalRecord = {
  readonly final: true;
  readonly trainLoss: number | null;
  readonly valLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly steps: number;
  readonly seconds: number;
  readonly trainAccuracy: number | null;
  readonly valAccuracy: number | null;
  /** Root mean squared and mean absolute errors in units of the target; only of regressions on tables. */
  readonly trainRmse?: number | null;
  readonly valRmse?: number | null;
  readonly testRmse?: number | null;
  readonly trainMeanAbsoluteError?: number | null;
  readonly valMeanAbsoluteError?: number | null;
  readonly testMeanAbsoluteError?: number | null;
  /** With early stopping: the epoch of the best report. All scores here are those of its model. */
  readonly bestEpoch?: number;
  /** Whether the run was interrupted before its last step. */
  readonly stopped: boolean;
};
