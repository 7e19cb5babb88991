import { expected } from '../base/errors.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';
import { iota } from '../ops/sources.js';
import { checkTargets, type Loss } from './loss.js';

/** The logit of every term's label: z[n,...,c], labels[n,...] -> [n,...]. */
function pick(z: Value, labels: Value): Value {
  const classes = iota(z.shape, z.rank - 1, 'int32'); //                                     [n,...,c]
  const isLabel = classes.eq(labels.expandDims(-1)); //                                     [n,...,c]
  return select(isLabel, z, 0).sum(-1); //                                                   [n,...]
}

/**
 * The logits measured from the label's, and the log of their partition sum. A confident term is then log(1 + small) instead of a
 * difference of two large numbers. The origin counts as constant: p = exp(z - log sum exp z) does not depend on it.
 */
function centered(z: Value, y: Value): { readonly zy: Value; readonly origin: Value; readonly logits: Value; readonly logSum: Value } {
  const zy = pick(z, y); //                                                                  [n,...]
  const origin = zy.stopGradient();
  const logits = z.sub(origin.expandDims(-1)); //                                            [n,...,c]
  return { zy, origin, logits, logSum: logits.logSumExp(-1) };
}

/** F v = p (v - p'v) per term, on the nodes of the forward pass: z[n,...,c], v[n,...,c] -> [n,...,c]. */
function fisherProduct(z: Value, y: Value, v: Value): Value {
  const { logits, logSum } = centered(z, y);
  const p = logits.sub(logSum.expandDims(-1)).exp();
  return p.mul(v.sub(p.mul(v).sum(-1, { keepDims: true })));
}

/**
 * Categorical cross-entropy on logits z[n,...,c] with int32 labels y[n,...] in [0, c): log sum_k exp(z_k) - z_y, in natural units.
 * The logits are natural parameters, so its Hessian is its Fisher matrix, F = diag(p) - p p' with p = softmax(z).
 * Metric: accuracy, 1 where the largest logit is the label's.
 */
export function crossEntropy(): Loss {
  const loss: Loss = {
    name: 'crossEntropy',
    target(outputs) {
      if (!isFloat(outputs.dtype) || outputs.shape.length < 2)
        throw expected('crossEntropy', 'float logits [n,...,classes]', format(outputs));
      return new Spec('int32', outputs.shape.slice(0, -1));
    },
    value(z, y) {
      checkTargets(loss, z, y);
      const { zy, origin, logSum } = centered(z, y);
      return logSum.sub(zy.sub(origin)); // zy - origin is 0 and carries the derivative
    },
    hessian: fisherProduct,
    fisher: fisherProduct,
    metrics: { accuracy: (z, y) => z.argmax(-1).eq(y).cast(z.dtype) },
  };
  return loss;
}
