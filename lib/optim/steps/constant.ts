import type { StepSize } from '../parts.js';

/** A given learning rate: alpha = learningRate > 0, a hyper-parameter that may be changed between steps. */
export function constantStep(learningRate: number): StepSize {
  return {
    hyper: { learningRate },
    init: () => ({}),
    choose: (_point, state, hyper) => ({ alpha: hyper.learningRate!, model: null, state, stats: {} }),
  };
}
