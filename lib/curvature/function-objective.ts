import { expected, outOfRange } from '../base/errors.js';
import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import { secondDerivative } from '../transforms/index.js';
import { differentiable, type Objective } from './objective.js';

/**
 * Any scalar function of the parameters as an objective. It has no predictive distribution, so its only curvature is the Hessian;
 * asking for the Fisher matrix is an error.
 */
export function functionObjective(f: (params: Tree<Value>) => Value): Objective {
  const { evaluate, valueAndGrad } = differentiable((params) => {
    const loss = f(params);
    if (loss.rank !== 0 || loss.dtype !== 'float64')
      throw expected('functionObjective', 'a function that returns a scalar', format(loss), 'sum() it');
    return { loss, terms: null, outputs: null, modelState: {} };
  });
  return {
    evaluate,
    valueAndGrad,
    quadraticForm(curvature, params, d) {
      if (curvature !== 'hessian') {
        throw outOfRange(
          'functionObjective',
          "curvature 'hessian'",
          `'${curvature}'`,
          'a plain function has no predictive distribution, hence no Fisher matrix',
        );
      }
      return secondDerivative(evaluate(params).loss, tree.leaves(params), tree.leaves(d));
    },
    change: (before, after) => after.loss.sub(before.loss),
  };
}
