import * as tree from '../../base/tree.js';
import type { Spec, Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import '../../ops/fluent.js';
import { constant } from '../../ops/sources.js';
import type { Direction } from '../parts.js';

/** Hyper-parameters and form of `momentumDirection`. */
export type MomentumOptions = {
  /** Decay mu of the running sum of gradients, in [0, 1). */
  readonly momentum: number;
  /** Look ahead: use the gradient once more on top of the decayed sum. @default false */
  readonly nesterov?: boolean;
  /** The part delta of every gradient but the first that is left out of the sum, in [0, 1). @default 0 */
  readonly dampening?: number;
};

type State = { readonly b: Value; readonly started?: Value };

/**
 * Momentum: the heavy ball of Polyak 1964, or Nesterov's form as in Sutskever et al. 2013 (ICML), without the learning rate.
 *
 *   b <- mu b + (1 - delta) g      (b = g in the first step)
 *   d  = -b                        heavy ball
 *   d  = -(g + mu b)               Nesterov
 */
export function momentumDirection({ momentum, nesterov = false, dampening = 0 }: MomentumOptions): Direction {
  const damped = dampening !== 0;
  return {
    hyper: damped ? { momentum, dampening } : { momentum },
    init: (params) => ({
      b: tree.map((spec: Spec) => new StateDefinition(spec, 0), params),
      ...(damped && { started: new StateDefinition(SCALAR, 0) }),
    }),
    update(g, _params, state, hyper) {
      const { b: b0, started } = state as State;
      const mu = hyper.momentum!;
      const share = started === undefined ? null : hyper.dampening!.mul(started).neg().add(1); // 1 in the first step, then 1 - delta
      const b = tree.map((b: Value, g: Value) => b.mul(mu).add(share === null ? g : g.mul(share)), b0, g);
      const d = tree.map((b: Value, g: Value) => (nesterov ? b.mul(mu).add(g) : b).neg(), b, g);
      return [d, started === undefined ? { b } : { b, started: constant(1) }];
    },
  };
}
