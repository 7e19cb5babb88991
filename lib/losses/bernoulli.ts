import { withSpec } from '../base/spec.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { checkTargets, type Loss, targetsLikeOutputs } from './loss.js';

/** F v = p (1 - p) v, with 1 - p = sigmoid(-z) so that neither factor loses its digits. */
function fisherProduct(z: Value, _y: Value, v: Value): Value {
  return z.sigmoid().mul(z.neg().sigmoid()).mul(v);
}

/**
 * Binary cross-entropy on logits z[n,...,o] with targets y of the same type in [0, 1]: sum over the outputs of
 * -y log p - (1 - y) log(1 - p), p = sigmoid(z), in natural units. Targets between 0 and 1 are probabilities.
 * The logits are natural parameters, so Hessian and Fisher matrix are both diag(p (1 - p)).
 * Metric: accuracy, the share of outputs with (z > 0) = (y > 1/2).
 */
export function bernoulli(): Loss {
  const loss: Loss = {
    name: 'bernoulli',
    target: (outputs) => targetsLikeOutputs('bernoulli', outputs),
    targetRange: () => ({ noun: 'targets', range: '[0, 1]', hint: 'code the two classes as 0 and 1' }),
    value(z, y) {
      checkTargets(loss, z, y);
      const yes = y.mul(z.neg().softplus()); //                                              -y log p
      const no = y.neg().add(1).mul(z.softplus()); //                                        -(1 - y) log(1 - p)
      return yes.add(no).sum(-1); //                                                         [n,...]
    },
    hessian: fisherProduct,
    fisher: fisherProduct,
    metrics: { accuracy: (z, y) => z.gt(0).eq(y.gt(0.5)).cast(z.dtype).mean(-1) },
  };
  return withSpec(loss, { loss: 'bernoulli' });
}
