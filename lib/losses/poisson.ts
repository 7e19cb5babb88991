import { withSpec } from '../base/spec.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { absoluteError, checkTargets, type Loss, targetsLikeOutputs } from './loss.js';

/** F v = exp(z) v. */
function fisherProduct(z: Value, _y: Value, v: Value): Value {
  return z.exp().mul(v);
}

/**
 * Poisson counts from log rates: sum over the outputs of exp(z) - y z for log rates z[n,...,o] and counts y >= 0 of the same type,
 * the negative log-likelihood but for log y!, which does not depend on z. Log rates are natural parameters, so Hessian and Fisher
 * matrix are both diag(exp(z)). A log rate above 88 in float32 (709 in float64) is an infinite loss, which ends training.
 * Metric: meanAbsoluteError, |exp(z) - y| averaged over the outputs.
 */
export function poisson(): Loss {
  const loss: Loss = {
    name: 'poisson',
    target: (outputs) => targetsLikeOutputs('poisson', outputs),
    targetRange: () => ({ noun: 'counts', range: '[0, inf)', hint: 'a Poisson target is the count itself, not its logarithm' }),
    value(z, y) {
      checkTargets(loss, z, y);
      return z.exp().sub(y.mul(z)).sum(-1); //                                               [n,...]
    },
    hessian: fisherProduct,
    fisher: fisherProduct,
    metrics: { meanAbsoluteError: (z, y) => absoluteError(z.exp(), y) },
  };
  return withSpec(loss, { loss: 'poisson' });
}
