import type { Curvature } from '../../curvature/objective.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import { innerProduct } from '../inner-product.js';
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
    choose({ objective, params, g, d, lambda }) {
      const slope = innerProduct(g, d); //                                                     g'd
      const raw = objective.quadraticForm(curvature, params, d); //                            d'Cd
      const bend = lambda === null ? raw : raw.add(lambda.mul(innerProduct(d, d))); //         d'(C + lambda I)d
      const alpha = select(slope.eq(0), 0, slope.neg().div(bend));
      const modelChange = alpha.mul(slope).add(alpha.square().mul(bend).mul(0.5)); //          M(alpha) - L
      return { alpha, modelChange, stats: { gradDirection: slope, curvature: bend } };
    },
  };
}
