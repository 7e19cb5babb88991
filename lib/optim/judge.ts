import { expected } from '../base/errors.js';
import type { Objective } from '../curvature/objective.js';

/** Which batch the true change of the loss is measured on: that of the step, or a second one where the caller of `step` has given one. */
export type Judge = (who: string, batch: Objective, next: Objective | undefined) => Objective;

/** The batch of the step itself: the published rule. Its loss after the first forward pass is known already. */
export const judgeBatch: Judge = (_who, batch) => batch;

/**
 * The next batch, of which the step knows nothing. A step is made for its own batch, so on that it lowers the loss by more than on others;
 * here damping sees what the step is worth elsewhere. Two forward passes to measure it instead of one.
 */
export const judgeNextBatch: Judge = (who, _batch, next) => {
  if (next === undefined) throw expected(who, "the objective of a second batch for dampingBatch 'next'", 'none', 'pass it to step');
  return next;
};
