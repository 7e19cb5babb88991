import { expected, outOfRange } from '../base/errors.js';
import { withSpec } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';
import { gather } from '../ops/gather.js';
import { literal } from '../ops/sources.js';
import type { Loss } from './loss.js';

/**
 * A loss whose terms count by a weight that depends on their target: `weigh(targets)` gives non-negative float weights[n,...], one per term.
 * The training loss is sum w l / sum w, so only their proportions matter: twice the weights are the same loss, gradient and curvature.
 * Weights of nested wrappers and of the data set multiply. Metrics are not weighted by it.
 */
export function weighted(loss: Loss, weigh: (targets: Value) => Value): Loss {
  return {
    ...loss,
    weights(targets) {
      const own = weigh(targets);
      const inner = loss.weights?.(targets);
      return inner === undefined ? own : own.mul(inner.cast(own.dtype));
    },
  };
}

/**
 * A loss on labels (such as cross-entropy) with a weight >= 0 for every class: an error on class k counts weights[k] times. For classes of
 * unequal size, weights in inverse proportion to their counts make all classes count alike. Normalized as in `weighted`.
 * Throws for weights that are not finite, negative or all 0, and for a number of weights that is not the number of outputs.
 */
export function classWeighted(loss: Loss, weights: readonly number[]): Loss {
  const bad = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (bad >= 0) throw outOfRange('classWeighted', 'finite weights >= 0', `${weights[bad]} for class ${bad}`);
  if (!weights.some((weight) => weight > 0)) throw outOfRange('classWeighted', 'a weight > 0', `[${weights.join(', ')}]`);
  const whole: Loss = {
    ...weighted(loss, (labels) => gather(literal(weights, [weights.length], 'float64'), labels)),
    target(outputs) {
      const targets = loss.target(outputs);
      if (isFloat(targets.dtype))
        throw expected('classWeighted', 'a loss on labels', loss.name, 'weigh real targets with weighted(loss, weigh)');
      const classes = outputs.shape.at(-1);
      if (classes !== weights.length) throw expected('classWeighted', `${classes} weights, one per class`, weights.length);
      return targets;
    },
  };
  return loss.spec === undefined ? whole : withSpec(whole, { loss: 'classWeighted', of: loss.spec, weights: [...weights] });
}
