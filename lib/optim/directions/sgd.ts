import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { Direction } from '../parts.js';

/** Steepest descent: d = -g. */
export function sgdDirection(): Direction {
  return {
    hyper: {},
    init: () => ({}),
    update: (g, _params, state) => [tree.map((g: Value) => g.neg(), g), state],
  };
}
