import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format, sameShape } from '../graph/shape.js';
import { checkTargets, type Loss } from './loss.js';

/** What a custom loss may state beyond its value; each as in `Loss`. */
export type CustomLossParts = Pick<Loss, 'targetRange' | 'hessian' | 'fisher' | 'metrics'>;

/**
 * A loss from its traced value alone: outputs[n,...,o] and targets -> one term per example (or token), [n,...]. Gradient and output Hessian
 * are derived from it, which needs every term to depend on its own outputs only. `target` gives the type of the targets, by default
 * that of the outputs.
 *
 * The Fisher matrix is taken to be the output Hessian, so 'fisher' curvature is the generalized Gauss-Newton matrix. That is the Fisher
 * matrix where the value is a negative log-likelihood in natural parameters, and positive semi-definite where it is convex in the outputs;
 * for other values state `fisher` in `parts`.
 *
 * Throws where a value is not float terms of shape [n,...].
 */
export function custom(
  name: string,
  value: (outputs: Value, targets: Value) => Value,
  target: (outputs: Spec) => Spec = ({ dtype, shape }) => new Spec(dtype, shape),
  parts: CustomLossParts = {},
): Loss {
  if (typeof name !== 'string' || name === '') throw expected('custom', 'a name for the loss', JSON.stringify(name));
  if (typeof value !== 'function') throw expected(name, 'a function from outputs and targets to terms', typeof value);
  const loss: Loss = {
    ...parts,
    name,
    target,
    value(outputs, targets) {
      checkTargets(loss, outputs, targets);
      const terms = value(outputs, targets);
      if (isFloat(terms.dtype) && sameShape(terms.shape, outputs.shape.slice(0, -1))) return terms;
      const wanted = format({ dtype: outputs.dtype, shape: outputs.shape.slice(0, -1) });
      throw expected(name, `terms ${wanted} from outputs ${format(outputs)}`, format(terms), 'reduce the last axis alone, with sum(-1)');
    },
  };
  return loss;
}
