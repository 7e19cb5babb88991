import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import { checkTargets, type Loss } from './loss.js';

/**
 * Squared error: 1/2 sum over the outputs of (z - y)^2, for outputs z[n,...,o] and targets y of the same type. It is the negative
 * log-likelihood of a Gaussian of unit variance around z, up to a constant, so Hessian and Fisher are both the identity.
 */
export function squaredError(): Loss {
  const loss: Loss = {
    name: 'squaredError',
    target(outputs) {
      if (!isFloat(outputs.dtype) || outputs.shape.length < 1) throw expected('squaredError', 'float outputs [n,...,o]', format(outputs));
      return new Spec(outputs.dtype, outputs.shape);
    },
    value(z: Value, y: Value) {
      checkTargets(loss, z, y);
      return z.sub(y).square().sum(-1).mul(0.5); //                                          [n,...]
    },
    hessian: (_z, _y, v) => v,
    fisher: (_z, _y, v) => v,
  };
  return loss;
}
