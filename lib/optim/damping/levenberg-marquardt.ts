import { type Options, resolveOptions } from '../../base/options.js';
import type { Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import { select } from '../../ops/select.js';
import '../../ops/fluent.js';
import type { Damping } from '../parts.js';

/** Options of `levenbergMarquardt`. */
export type LevenbergMarquardtOptions = {
  /** lambda before the first step, >= 0. @default 1e-3 */
  readonly initialDamping?: number;
  /** Factor omega_dec in (0, 1] on lambda where the model predicted well. @default 0.5 */
  readonly dampingDecrease?: number;
  /** Factor omega_inc >= 1 on lambda where it did not. @default 2 */
  readonly dampingIncrease?: number;
  /** lambda is clipped to this interval. @default [1e-8, Infinity] */
  readonly dampingRange?: readonly [number, number];
  /** Whether a step that raised the loss may lower lambda, as the published rule allows. @default false */
  readonly lowerOnAscent?: boolean;
  /** Whether a step that left the loss exactly as it was raises lambda, as the published rule does (rho = 0). @default false */
  readonly raiseAtStandstill?: boolean;
};

/** How lambda changes, as data. */
export const LEVENBERG_MARQUARDT_FACTORS = {
  dampingDecrease: { kind: 'number', description: 'Factor on lambda where the model predicted well.', range: '(0, 1]', default: 0.5 },
  dampingIncrease: { kind: 'number', description: 'Factor on lambda where it did not.', range: '[1, inf)', default: 2 },
  dampingRange: {
    kind: 'interval',
    description: 'Interval that lambda is clipped to.',
    range: '[0, inf]',
    default: [1e-8, Number.POSITIVE_INFINITY],
  },
} as const satisfies Options;

/** The options of `levenbergMarquardt` as data. */
const LEVENBERG_MARQUARDT_OPTIONS = {
  initialDamping: { kind: 'number', description: 'Damping lambda before the first step.', range: '[0, inf)', default: 1e-3 },
  ...LEVENBERG_MARQUARDT_FACTORS,
  lowerOnAscent: { kind: 'flag', description: 'Whether a step that raised the loss may lower lambda.', default: false },
  raiseAtStandstill: {
    kind: 'flag',
    description: 'Whether a step that left the loss exactly as it was raises lambda.',
    default: false,
  },
} as const satisfies Options;

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
export function levenbergMarquardt(options: LevenbergMarquardtOptions = {}): Damping {
  const { initialDamping, dampingDecrease, dampingIncrease, dampingRange, lowerOnAscent, raiseAtStandstill } = resolveOptions(
    'levenbergMarquardt',
    LEVENBERG_MARQUARDT_OPTIONS,
    options,
  );
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
