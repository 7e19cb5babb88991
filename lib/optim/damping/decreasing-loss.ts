import type { Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import type { Damping } from '../parts.js';
import type { LevenbergMarquardtOptions } from './levenberg-marquardt.js';

/**
 * Levenberg's rule, the mode 'decreasing loss' of AdamQLR's code: a step that raised the loss is taken back.
 *
 *   L(theta') <= L(theta):  keep the step,    lambda <- omega_dec lambda
 *   otherwise, or NaN:      reject the step,  lambda <- omega_inc lambda;   then clipped to the range
 *
 * A rejected step leaves parameters and all state but lambda as they were. Records kept (1 or 0) and damping, the new lambda.
 */
export function decreasingLoss(options: Required<Omit<LevenbergMarquardtOptions, 'lowerOnAscent' | 'raiseAtStandstill'>>): Damping {
  const { initialDamping, dampingDecrease, dampingIncrease, dampingRange } = options;
  return {
    hyper: { dampingDecrease, dampingIncrease, dampingLow: dampingRange[0], dampingHigh: dampingRange[1] },
    init: () => ({ lambda: new StateDefinition(SCALAR, initialDamping) }),
    lambda: (state) => state.lambda!,
    adapt(state, { trueChange }, hyper) {
      const { dampingDecrease: decrease, dampingIncrease: increase, dampingLow: low, dampingHigh: high } = hyper as Record<string, Value>;
      const keep = trueChange.le(0);
      const lambda = minimum(maximum(state.lambda!.mul(select(keep, decrease!, increase!)), low!), high!);
      return { state: { lambda }, stats: { kept: keep.cast('float64'), damping: lambda }, keep };
    },
  };
}
