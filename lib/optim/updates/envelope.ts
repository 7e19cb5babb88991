import type { Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import { halfWave } from '../half-wave.js';
import type { UpdateRule } from '../parts.js';
import { scaled } from './scaled.js';

/** Options of `envelope`. */
export type EnvelopeOptions = {
  /** Steps P >= 0 over which the factor rises from 0 to 1. */
  readonly warmupSteps: number;
  /** Steps T after which the factor has come back to 0; 0 for a factor that stays at 1. */
  readonly totalSteps: number;
};

/**
 * u <- f(t) u in step t = 0, 1, ...: a linear warm-up, then half a wave of the cosine, as in AdamQLR's code.
 *
 *   f(t) = t / P                                        t < P; the step t = 0 goes nowhere
 *          1/2 (1 + cos(pi (t - P) / (T - P)))          P <= t < T; 1 where T = 0
 *          0                                            t >= T > 0
 */
export function envelope({ warmupSteps, totalSteps }: EnvelopeOptions): UpdateRule {
  return {
    hyper: { warmupSteps, ...(totalSteps > 0 && { totalSteps }) },
    init: () => ({ count: new StateDefinition(SCALAR, 0) }),
    apply(update, _point, { count }, hyper) {
      const t = count as Value;
      const { warmupSteps: peak, totalSteps: end } = hyper as { warmupSteps: Value; totalSteps?: Value };
      const rise = minimum(t.div(maximum(peak, 1)).add(peak.eq(0).cast('float64')), 1);
      const factor = end === undefined ? rise : rise.mul(halfWave(minimum(maximum(t.sub(peak).div(maximum(end.sub(peak), 1)), 0), 1)));
      return [scaled(update, factor), { count: t.add(1) }];
    },
  };
}
