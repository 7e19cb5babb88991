import { expected } from '../base/errors.js';
import { type Options, resolveOptions } from '../base/options.js';
import { withSpec } from '../base/spec.js';
import { isFloat } from '../graph/dtype.js';
import { Spec, type Value } from '../graph/node.js';
import { format } from '../graph/shape.js';
import '../ops/fluent.js';
import { concat, slice } from '../ops/slicing.js';
import { absoluteError, checkTargets, type Loss } from './loss.js';

/** Options of `gaussian`. */
export type GaussianOptions = {
  /** Added to every variance, >= 1e-20, in squared units of the targets; keep it well below the noise of the data. @default 1e-6 */
  readonly varianceFloor?: number;
};

/** The options of `gaussian` as data. */
export const GAUSSIAN_OPTIONS = {
  varianceFloor: { kind: 'number', description: 'Added to every predicted variance.', range: '[1e-20, inf)', default: 1e-6 },
} as const satisfies Options;

/** z[n,...,2k] -> the means and the log-variances before the floor, [n,...,k] each. */
function halves(z: Value): { readonly mean: Value; readonly s: Value } {
  const k = (z.shape.at(-1) as number) / 2;
  const part = (from: number) => slice(z, [...z.shape.slice(0, -1).map(() => null), [from, from + k]]);
  return { mean: part(0), s: part(k) };
}

/**
 * Gaussian with learned variance: outputs z[n,...,2k] are k means mu and then k log-variances s, targets y are [n,...,k];
 * 1/2 sum over the targets of log w + (y - mu)^2 / w with the variance w = exp(s) + varianceFloor. The floor bounds the loss from below
 * (a variance of 0 around a fitted target would be an infinite gain) and keeps every number finite. Left out is k/2 log 2 pi.
 *
 * mu and s are not natural parameters: the Hessian depends on the residual and is indefinite, so it is left to be derived. The Fisher matrix of
 * N(mu, w) is diagonal: 1 / w for a mean, 1/2 (exp(s) / w)^2 for a log-variance. Metric: meanAbsoluteError, |mu - y| averaged over the targets.
 */
export function gaussian(options: GaussianOptions = {}): Loss {
  const { varianceFloor } = resolveOptions('gaussian', GAUSSIAN_OPTIONS, options);
  const floor = Math.log(varianceFloor);
  const logVariance = (s: Value) => s.sub(floor).softplus().add(floor); // log(exp(s) + floor) without overflow
  const loss: Loss = {
    name: 'gaussian',
    target({ dtype, shape }) {
      const last = shape.at(-1);
      if (!isFloat(dtype) || shape.length < 2 || typeof last !== 'number' || last < 2 || last % 2 !== 0) {
        const hint = 'a mean and a log-variance for every target';
        throw expected('gaussian', 'float outputs [n,...,2k]', format({ dtype, shape }), hint);
      }
      return new Spec(dtype, [...shape.slice(0, -1), last / 2]);
    },
    value(z, y) {
      checkTargets(loss, z, y);
      const { mean, s } = halves(z);
      const logW = logVariance(s);
      return y.sub(mean).square().mul(logW.neg().exp()).add(logW).sum(-1).mul(0.5); //       [n,...]
    },
    fisher(z, _y, v) {
      const { s } = halves(z);
      const along = halves(v);
      const ofMean = logVariance(s).neg().exp().mul(along.mean);
      const ofS = s.sub(floor).sigmoid().square().mul(0.5).mul(along.s); //                  exp(s) / w is a sigmoid
      return concat([ofMean, ofS], -1);
    },
    metrics: { meanAbsoluteError: (z, y) => absoluteError(halves(z).mean, y) },
  };
  return withSpec(loss, { loss: 'gaussian', varianceFloor });
}
