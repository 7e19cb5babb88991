import type { Tree } from '../../base/tree.js';
import type { Curvature } from '../../curvature/objective.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { innerProduct } from '../inner-product.js';
import { type LineModel, stationaryPoint } from '../line-model.js';
import type { StepSize } from '../parts.js';

/**
 * The minimizer of the damped quadratic model along d (Clarke, Su & Hernandez-Lobato 2023, arXiv:2310.14963, equations 1 and 3).
 *
 *   M(alpha) - L = alpha g'd + 1/2 alpha^2 d'(C + lambda I)d
 *   alpha        = -g'd / d'(C + lambda I)d
 *
 * `curvature` chooses C: the exact Fisher matrix of the batch, or its Hessian. Where g'd = 0 the point is stationary along d and
 * alpha = 0. With an indefinite C the quotient may be negative, a step to the model's maximum: damping has to answer for that.
 * Records gradDirection = g'd and curvature = d'(C + lambda I)d.
 */
export function quadraticStep(curvature: Curvature): StepSize {
  return {
    hyper: {},
    init: () => ({}),
    choose({ objective, params, g, d, lambda }, state) {
      const bendOf = (u: Tree<Value>) => {
        const raw = objective.quadraticForm(curvature, params, u); //                        u'Cu
        return lambda === null ? raw : raw.add(lambda.mul(innerProduct(u, u))); //           u'(C + lambda I)u
      };
      const changeAt = (u: Tree<Value>) => innerProduct(g, u).add(bendOf(u).mul(0.5)); //    M(theta + u) - L
      const model: LineModel = { slope: innerProduct(g, d), bend: bendOf(d), changeAt };
      return { alpha: stationaryPoint(model), model, state, stats: { gradDirection: model.slope, curvature: model.bend } };
    },
  };
}
