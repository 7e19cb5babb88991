import { expected } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import { withSpec } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';
import { iota } from '../ops/sources.js';
import { checkTargets, type Loss } from './loss.js';

/** Options of `crossEntropy`. */
export type CrossEntropyOptions = {
  /** Share s in [0, 1) of every label's probability that is spread evenly over all classes. @default 0 */
  readonly labelSmoothing?: number;
};

/** The options of `crossEntropy` as data. */
export const CROSS_ENTROPY_OPTIONS = {
  labelSmoothing: {
    kind: 'number',
    description: "Share of every label's probability that is spread evenly over all classes.",
    range: '[0, 1)',
    default: 0,
  },
} as const satisfies Options;

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
 * With label smoothing s the label is the distribution q = (1 - s) [k = y] + s / c (Szegedy et al. 2016, arXiv:1512.00567):
 * log sum_k exp(z_k) - sum_k q_k z_k. The logits are natural parameters and q enters linearly, so Hessian and Fisher matrix are
 * F = diag(p) - p p' with p = softmax(z), smoothed or not. Metric: accuracy, 1 where the largest logit is the label's.
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss {
  const { labelSmoothing } = resolveOptions('crossEntropy', CROSS_ENTROPY_OPTIONS, options);
  const loss: Loss = {
    name: 'crossEntropy',
    target(outputs) {
      if (!isFloat(outputs.dtype) || outputs.shape.length < 2)
        throw expected('crossEntropy', 'float logits [n,...,classes]', format(outputs));
      return new Spec('int32', outputs.shape.slice(0, -1));
    },
    targetRange: ({ shape }) => ({
      noun: 'labels',
      range: `[0, ${shape.at(-1)!})`,
      hint: 'give the model an output for every class',
    }),
    value(z, y) {
      checkTargets(loss, z, y);
      const { zy, origin, logits, logSum } = centered(z, y);
      const own = zy.sub(origin); // 0, and carries the derivative
      if (labelSmoothing === 0) return logSum.sub(own);
      return logSum.sub(own.mul(1 - labelSmoothing)).sub(logits.mean(-1).mul(labelSmoothing));
    },
    hessian: fisherProduct,
    fisher: fisherProduct,
    metrics: { accuracy: (z, y) => z.argmax(-1).eq(y).cast(z.dtype) },
  };
  return withSpec(loss, { loss: 'crossEntropy', labelSmoothing });
}
