import { withSpec } from '../base/spec.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { absoluteError, checkTargets, type Loss, targetsLikeOutputs } from './loss.js';

/**
 * Squared error: 1/2 sum over the outputs of (z - y)^2, for outputs z[n,...,o] and targets y of the same type. It is the negative
 * log-likelihood of a Gaussian of unit variance around z, up to a constant, so Hessian and Fisher are both the identity.
 * Metric: meanAbsoluteError, |z - y| averaged over the outputs.
 */
export function squaredError(): Loss {
  const loss: Loss = {
    name: 'squaredError',
    target: (outputs) => targetsLikeOutputs('squaredError', outputs),
    value(z: Value, y: Value) {
      checkTargets(loss, z, y);
      return z.sub(y).square().sum(-1).mul(0.5); //                                          [n,...]
    },
    hessian: (_z, _y, v) => v,
    fisher: (_z, _y, v) => v,
    metrics: { meanAbsoluteError: absoluteError },
  };
  return withSpec(loss, { loss: 'squaredError' });
}
