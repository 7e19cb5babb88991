import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import { maximum, minimum } from '../../ops/arithmetic.js';
import '../../ops/fluent.js';
import type { Direction } from '../parts.js';

/** d <- min(max(d, -c), c), entry by entry: the inner direction with every entry kept in [-c, c], c > 0. */
export function clippedDirection(directionClip: number, inner: Direction): Direction {
  return {
    ...inner,
    hyper: { ...inner.hyper, directionClip },
    update(g, params, state, hyper) {
      const [d, next] = inner.update(g, params, state, hyper);
      const high = hyper.directionClip!;
      return [tree.map((d: Value) => minimum(maximum(d, high.neg()), high), d), next];
    },
  };
}
