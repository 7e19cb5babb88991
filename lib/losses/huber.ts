import { type Options, resolveOptions } from '../base/options.js';
import { withSpec } from '../base/spec.js';
import '../ops/fluent.js';
import { select } from '../ops/select.js';
import { absoluteError, checkTargets, type Loss, targetsLikeOutputs } from './loss.js';

/** Options of `huber`. */
export type HuberOptions = {
  /** Residual delta > 0 at which the square turns into a line, in units of the targets. @default 1 */
  readonly delta?: number;
};

/** The options of `huber` as data. */
export const HUBER_OPTIONS = {
  delta: { kind: 'number', description: 'Residual at which the square turns into a line.', range: '(0, inf)', default: 1 },
} as const satisfies Options;

/**
 * Huber's loss (1964): sum over the outputs of r^2 / 2 where |r| <= delta and delta (|r| - delta / 2) beyond, r = z - y, for outputs
 * z[n,...,o] and targets y of the same type. Metric: meanAbsoluteError, |z - y| averaged over the outputs.
 *
 * The Hessian is diag([|r| <= delta]): 0 for outliers, so a quadratic model of a batch of outliers has no minimum. The Fisher matrix of the density
 * exp(-huber(r)) is a constant that fits only data with just as much noise. 'fisher' curvature therefore means a third matrix here, the
 * one of iteratively reweighted least squares: diag(min(1, delta / |r|)), the least curvature of a parabola that touches the loss and is
 * nowhere below it.
 */
export function huber(options: HuberOptions = {}): Loss {
  const { delta } = resolveOptions('huber', HUBER_OPTIONS, options);
  const loss: Loss = {
    name: 'huber',
    target: (outputs) => targetsLikeOutputs('huber', outputs),
    value(z, y) {
      checkTargets(loss, z, y);
      const r = z.sub(y);
      const near = r.maximum(-delta).minimum(delta); // the squared part; beyond it the loss is a line
      return near.mul(r.sub(near.mul(0.5))).sum(-1); //                                      [n,...]
    },
    hessian: (z, y, v) => select(z.sub(y).abs().le(delta), v, 0),
    fisher: (z, y, v) => v.mul(delta).div(z.sub(y).abs().maximum(delta)),
    metrics: { meanAbsoluteError: absoluteError },
  };
  return withSpec(loss, { loss: 'huber', delta });
}
