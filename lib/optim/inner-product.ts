import { internal } from '../base/errors.js';
import type { Tree } from '../base/tree.js';
import * as tree from '../base/tree.js';
import type { Value } from '../graph/node.js';
import '../ops/fluent.js';

/** a'b over two trees of one structure: a float64 scalar, accumulated in float64. */
export function innerProduct(a: Tree<Value>, b: Tree<Value>): Value {
  const other = tree.leaves(b);
  const products = tree.leaves(a).map((leaf, i) => leaf.mul(other[i]!).sum());
  if (products.length === 0) throw internal('an inner product of empty trees');
  return products.reduce((total, product) => total.add(product));
}
