import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { Direction } from '../parts.js';

/** d <- f d: the inner direction times a learning-rate factor f > 0. */
export function scaledDirection(learningRateFactor: number, inner: Direction): Direction {
  return {
    ...inner,
    hyper: { ...inner.hyper, learningRateFactor },
    update(g, params, state, hyper) {
      const [d, next] = inner.update(g, params, state, hyper);
      return [tree.map((d: Value) => d.mul(hyper.learningRateFactor!), d), next];
    },
  };
}
