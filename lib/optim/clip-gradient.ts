import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Objective } from '../curvature/objective.js';
import type { Value } from '../graph/node.js';
import { SCALAR, StateDefinition } from '../graph/state.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';
import { innerProduct } from './inner-product.js';
import type { Optimizer } from './optimizer.js';

/**
 * g <- g min(1, c / |g|), c > 0: an optimizer that sees no gradient longer than c, in its direction's state and in g'd alike.
 * The recorded gradientNorm is that of the gradient before the clip.
 */
export function clipGradient(gradientClip: number, inner: Optimizer): Optimizer {
  return {
    ...inner,
    init(params) {
      const state = inner.init(params);
      return { ...state, hyper: { ...state.hyper, gradientClip: new StateDefinition(SCALAR, gradientClip) } };
    },
    step(objective, params, state, next) {
      const longest = state.hyper.gradientClip!;
      const norm = (g: Tree<Value>) => innerProduct(g, g).sqrt();
      const clipped: Objective = {
        ...objective,
        valueAndGrad(at) {
          const [evaluation, g] = objective.valueAndGrad(at);
          const factor = select(norm(g).gt(longest), longest.div(norm(g)), 1);
          return [evaluation, tree.map((g: Value) => g.mul(factor), g)];
        },
      };
      const step = inner.step(clipped, params, state, next);
      const gradientNorm = norm(objective.valueAndGrad(params)[1]);
      // An infinite norm clips every entry to 0.
      return { ...step, stats: { ...step.stats, gradientNorm }, commit: step.commit.and(gradientNorm.le(Number.MAX_VALUE)) };
    },
  };
}
