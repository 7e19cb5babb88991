import type { Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import { select } from '../../ops/select.js';
import '../../ops/fluent.js';
import type { Damping } from '../parts.js';

/** Options of `levenbergMarquardt`. */
export type LevenbergMarquardtOptions = {
  /** lambda before the first step, > 0. */
  readonly initialDamping: number;
  /** Factor omega_dec in (0, 1] after a step that the model predicted well. */
  readonly dampingDecrease: number;
  /** Factor omega_inc >= 1 after a step that it did not. */
  readonly dampingIncrease: number;
  /** lambda is clipped to [low, high]. */
  readonly dampingRange: readonly [number, number];
  /** Whether a step that raised the loss may lower lambda, as the published rule allows. */
  readonly lowerOnAscent: boolean;
  /** Whether a step that left the loss exactly as it was raises lambda, as the published rule does (rho = 0). */
  readonly raiseAtStandstill: boolean;
};

/**
 * The Levenberg-Marquardt rule of Clarke, Su & Hernandez-Lobato 2023 (arXiv:2310.14963), equation 2.
 *
 *   rho    = (L(theta') - L(theta)) / (M(theta') - M(theta)), M damped with the lambda of this step
 *   lambda <- omega_dec lambda   if rho > 3/4
 *             omega_inc lambda   if rho < 1/4
 *             lambda             otherwise, also where rho is not a number; then clipped to the range
 *
 * The published rule cannot see that a step went up when the model said so too: with an indefinite C both changes may be positive and
 * rho > 3/4, so lambda falls although more of it is needed. Unless `lowerOnAscent` is set, lambda is lowered only if also
 * L(theta') < L(theta). Where d'(C + lambda I)d > 0, always so with the Fisher matrix, the model goes down and the two rules agree.
 *
 * Nor can it see that a step was too short to change the loss in its arithmetic: rho = 0 then, and lambda grows without end. Unless `raiseAtStandstill` is
 * set, a change of exactly 0 leaves lambda. Records rho and damping, the new lambda.
 */
export function levenbergMarquardt(options: LevenbergMarquardtOptions): Damping {
  const { initialDamping, dampingDecrease, dampingIncrease, dampingRange, lowerOnAscent, raiseAtStandstill } = options;
  return {
    hyper: { dampingDecrease, dampingIncrease, dampingLow: dampingRange[0], dampingHigh: dampingRange[1] },
    init: () => ({ lambda: new StateDefinition(SCALAR, initialDamping) }),
    lambda: (state) => state.lambda!,
    adapt(state, { trueChange, modelChange }, hyper) {
      const { dampingDecrease: decrease, dampingIncrease: increase, dampingLow: low, dampingHigh: high } = hyper as Record<string, Value>;
      const rho = trueChange.div(modelChange);
      const trusted = lowerOnAscent ? rho.gt(0.75) : rho.gt(0.75).and(trueChange.lt(0));
      const doubted = raiseAtStandstill ? rho.lt(0.25) : rho.lt(0.25).and(trueChange.abs().gt(0));
      const factor = select(doubted, increase!, select(trusted, decrease!, 1));
      const lambda = minimum(maximum(state.lambda!.mul(factor), low!), high!);
      return { state: { lambda }, stats: { rho, damping: lambda } };
    },
  };
}
