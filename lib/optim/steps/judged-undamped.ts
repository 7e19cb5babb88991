import { internal } from '../../base/errors.js';
import type { Tree } from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { innerProduct } from '../inner-product.js';
import type { StepSize } from '../parts.js';

/**
 * Keeps the inner step and judges it by its model without the damping, as the K-FAC of kfac-jax does unless told otherwise:
 *
 *   M(alpha) - L = alpha g'd + 1/2 alpha^2 d'Cd
 */
export function judgedUndamped(inner: StepSize): StepSize {
  return {
    ...inner,
    choose(point, state, hyper) {
      const choice = inner.choose(point, state, hyper);
      const { lambda, d } = point;
      if (choice.model === null) throw internal('judgedUndamped needs a step size with a model');
      if (lambda === null) return choice;
      const { slope, bend, changeAt } = choice.model;
      const share = (u: Tree<Value>) => lambda.mul(innerProduct(u, u)); // what lambda adds to the bend
      const undamped = { slope, bend: bend.sub(share(d)), changeAt: (u: Tree<Value>) => changeAt(u).sub(share(u).mul(0.5)) };
      return { ...choice, model: undamped };
    },
  };
}
