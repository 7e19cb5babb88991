import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { Update } from '../parts.js';

/** u <- factor u. */
export function scaled({ alpha, rest }: Update, factor: Value): Update {
  return { alpha: alpha.mul(factor), rest: rest === null ? null : tree.map((u: Value) => u.mul(factor), rest) };
}
