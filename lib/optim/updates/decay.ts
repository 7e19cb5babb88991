import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import type { UpdateRule } from '../parts.js';

/**
 * Weight decay as in AdamQLR's code, decoupled and not multiplied by the learning rate: u <- u - w theta, w >= 0.
 * (`decoupledDecay`, a wrapper of directions, is AdamW's, which is multiplied.)
 */
export function unscaledDecay(weightDecay: number): UpdateRule {
  return {
    hyper: { weightDecay },
    init: () => ({}),
    apply({ alpha, rest }, { params }, state, hyper) {
      const decay = tree.map((theta: Value) => theta.mul(hyper.weightDecay!).neg(), params);
      return [{ alpha, rest: rest === null ? decay : tree.map((rest: Value, decay: Value) => rest.add(decay), rest, decay) }, state];
    },
  };
}
