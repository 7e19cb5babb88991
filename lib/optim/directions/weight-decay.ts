import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { Direction } from '../parts.js';

/** Coupled decay (L2): the inner direction sees g + w theta, the gradient of the loss plus w/2 theta'theta. */
export function coupledDecay(weightDecay: number, inner: Direction): Direction {
  return {
    ...inner,
    hyper: { ...inner.hyper, weightDecay },
    update(g, params, state, hyper) {
      const decayed = tree.map((g: Value, theta: Value) => g.add(theta.mul(hyper.weightDecay!)), g, params);
      return inner.update(decayed, params, state, hyper);
    },
  };
}

/** Decoupled decay, Loshchilov & Hutter 2019 (arXiv:1711.05101): d - w theta, so theta' = (1 - alpha w) theta + alpha d. */
export function decoupledDecay(weightDecay: number, inner: Direction): Direction {
  return {
    ...inner,
    hyper: { ...inner.hyper, weightDecay },
    update(g, params, state, hyper) {
      const [d, next] = inner.update(g, params, state, hyper);
      return [tree.map((d: Value, theta: Value) => d.sub(theta.mul(hyper.weightDecay!)), d, params), next];
    },
  };
}
