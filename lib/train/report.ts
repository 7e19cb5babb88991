/** Where training stands. Losses and accuracies are means; what an optimizer or a run lacks is absent. */
export type Report = {
  /** Epochs done in this call of fit, with a fraction inside an epoch. */
  readonly epoch: number;
  /** Optimizer steps done in this call of fit, and the number it will do. */
  readonly step: number;
  readonly steps: number;
  /**
   * Mean loss of the batches since the last report, each before its step; a batch counts by its examples or the sum of their weights. NaN, which
   * early stopping takes for no improvement, where all of these examples have weight 0: nothing was judged.
   */
  readonly trainLoss: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  /** alpha of the last step. */
  readonly learningRate: number;
  /** lambda after the last step. */
  readonly damping?: number;
  /** Actual over predicted change of the loss in the last step. */
  readonly rho?: number;
  /** Seconds of training steps in this call of fit; evaluation, and waiting for a stream, are not counted. */
  readonly seconds: number;
  /** Everything the optimizer recorded of the last step, by name. */
  readonly stats: Readonly<Record<string, number>>;
};

/** Names of the numbers that every report has. */
export const NUMBERS_OF_REPORTS = ['epoch', 'step', 'steps', 'trainLoss', 'learningRate', 'seconds'] as const satisfies (keyof Report)[];

/** Names of the numbers that some reports lack. */
export const NUMBERS_OF_SOME_REPORTS = ['validationLoss', 'validationAccuracy', 'damping', 'rho'] as const satisfies (keyof Report)[];

/** Training that cannot go on: loss, gradient or update are no longer finite. The last good parameters are kept. */
export class NumericalError extends Error {
  override readonly name = 'NumericalError';
  /** Steps done when it happened. */
  readonly step: number;
  constructor(step: number) {
    super(
      `training: expected a finite loss, gradient and update, got one that is not at step ${step + 1}; the parameters after step ${step} are kept; ` +
        'use larger batches, a lower learning rate or more damping, or check the data',
    );
    this.step = step;
  }
}
