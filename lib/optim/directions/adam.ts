import type { Options } from '../../base/options.js';
import type { Tree } from '../../base/tree.js';
import * as tree from '../../base/tree.js';
import type { Spec, Value } from '../../graph/node.js';
import { SCALAR, StateDefinition } from '../../graph/state.js';
import '../../ops/fluent.js';
import type { Direction } from '../parts.js';

/** Hyper-parameters of `adamDirection`. */
export type AdamDirectionOptions = {
  /** Decay of the first moment, beta_1 in [0, 1). */
  readonly beta1: number;
  /** Decay of the second moment, beta_2 in [0, 1). */
  readonly beta2: number;
  /** Added to the root of the second moment, epsilon > 0. */
  readonly epsilon: number;
};

/** The options of Adam's direction as data. */
export const ADAM_DIRECTION_OPTIONS = {
  beta1: { kind: 'number', description: 'Decay beta_1 of the first moment.', range: '[0, 1)', default: 0.9 },
  beta2: { kind: 'number', description: 'Decay beta_2 of the second moment.', range: '[0, 1)', default: 0.999 },
  epsilon: { kind: 'number', description: 'epsilon, added to the root of the second moment.', range: '(0, inf)', default: 1e-8 },
} as const satisfies Options;

type State = { readonly m: Value; readonly v: Value; readonly power1: Value; readonly power2: Value };

/**
 * Adam's direction, Kingma & Ba 2015 (arXiv:1412.6980), Algorithm 1, without the learning rate.
 *
 *   m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
 *   d  = -(m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export function adamDirection({ beta1, beta2, epsilon }: AdamDirectionOptions): Direction {
  return {
    hyper: { beta1, beta2, epsilon },
    init: (params) => ({
      m: tree.map((spec: Spec) => new StateDefinition(spec, 0), params),
      v: tree.map((spec: Spec) => new StateDefinition(spec, 0), params),
      power1: new StateDefinition(SCALAR, 1),
      power2: new StateDefinition(SCALAR, 1),
    }),
    secondMoment: (state) => (state as unknown as { readonly v: Tree<Value> }).v,
    update(g, _params, state, hyper) {
      const { m: m0, v: v0, power1: p1, power2: p2 } = state as State;
      const { beta1, beta2, epsilon } = hyper as { beta1: Value; beta2: Value; epsilon: Value };
      const keep1 = beta1.neg().add(1); // 1 - beta1
      const keep2 = beta2.neg().add(1);
      const m = tree.map((m: Value, g: Value) => m.mul(beta1).add(g.mul(keep1)), m0, g);
      const v = tree.map((v: Value, g: Value) => v.mul(beta2).add(g.square().mul(keep2)), v0, g);
      const power1 = p1.mul(beta1); // beta1^t
      const power2 = p2.mul(beta2); // beta2^t
      const correct1 = power1.neg().add(1).reciprocal(); // 1 / (1 - beta1^t), one division per step instead of one per entry
      const correct2 = power2.neg().add(1).reciprocal();
      const d = tree.map((m: Value, v: Value) => m.mul(correct1).div(v.mul(correct2).sqrt().add(epsilon)).neg(), m, v);
      return [d, { m, v, power1, power2 }];
    },
  };
}
