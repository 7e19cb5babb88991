import type { Tree } from '../../base/tree.js';
import * as tree from '../../base/tree.js';
import type { Spec, Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import '../../ops/fluent.js';
import { innerProduct } from '../inner-product.js';
import type { StepSize } from '../parts.js';

/** Options of `hypergradientStep`. */
export type HypergradientOptions = {
  /** alpha before the first step, > 0. */
  readonly learningRate: number;
  /** kappa >= 0, the step length of alpha's own descent. */
  readonly hyperLearningRate: number;
};

/**
 * Hypergradient descent, Baydin et al. 2018 (arXiv:1703.04782): alpha follows its own gradient, where d_before is the direction of the
 * step before, 0 at first.
 *
 *   alpha <- alpha - kappa g'd_before        (alpha + kappa g'g_before along the plain gradient)
 */
export function hypergradientStep({ learningRate, hyperLearningRate }: HypergradientOptions): StepSize {
  return {
    hyper: { hyperLearningRate },
    init: (params) => ({
      alpha: new StateDefinition(SCALAR, learningRate),
      before: tree.map((spec: Spec) => new StateDefinition(spec, 0), params) as Tree<StateDefinition>,
    }),
    choose({ g, d }, { alpha: alpha0, before }, hyper) {
      const alpha = (alpha0 as Value).sub(hyper.hyperLearningRate!.mul(innerProduct(g, before!)));
      return { alpha, model: null, state: { alpha, before: d }, stats: {} };
    },
  };
}
