import type { Tree } from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { select } from '../../ops/select.js';
import { innerProduct } from '../inner-product.js';
import { updateTree } from '../line-model.js';
import type { Update, UpdateRule } from '../parts.js';
import { scaled } from './scaled.js';

/** |u|, the Euclidean norm over all entries of all parameters. */
export function updateNorm(update: Update, d: Tree<Value>): Value {
  if (update.rest === null) return update.alpha.abs().mul(innerProduct(d, d).sqrt());
  const u = updateTree(update, d);
  return innerProduct(u, u).sqrt();
}

/** u <- u min(1, c / |u|): an update no longer than c > 0. */
export function clippedUpdate(updateClip: number): UpdateRule {
  return {
    hyper: { updateClip },
    init: () => ({}),
    apply(update, { d }, state, hyper) {
      const norm = updateNorm(update, d);
      const longest = hyper.updateClip!;
      return [scaled(update, select(norm.gt(longest), longest.div(norm), 1)), state];
    },
  };
}
