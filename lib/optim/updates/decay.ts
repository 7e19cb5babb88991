import * as tree from '../../base/tree.js';
import type { Value } from '../../graph/node.js';
import '../../ops/fluent.js';
import { type Group, groupOf, ownName } from '../groups.js';
import type { UpdateRule } from '../parts.js';

/**
 * Weight decay as in AdamQLR's code, decoupled and not multiplied by the learning rate: u <- u - w theta, w >= 0. Groups that name a
 * weightDecay have a w of their own. (`decoupledDecay`, a wrapper of directions, is AdamW's, which is multiplied.)
 */
export function unscaledDecay(weightDecay: number, groups: readonly Group[] = []): UpdateRule {
  const own = groups.filter((group) => group.own.weightDecay !== undefined);
  const nameAt = (path: string) => {
    const group = groupOf(own, path);
    return group === undefined ? 'weightDecay' : ownName(group, 'weightDecay');
  };
  return {
    hyper: { weightDecay, ...Object.fromEntries(own.map((group) => [ownName(group, 'weightDecay'), group.own.weightDecay!])) },
    init: () => ({}),
    apply({ alpha, rest }, { params }, state, hyper) {
      const decay = tree.mapWithPath((path: string, theta: Value) => theta.mul(hyper[nameAt(path)]!).neg(), params);
      return [{ alpha, rest: rest === null ? decay : tree.map((rest: Value, decay: Value) => rest.add(decay), rest, decay) }, state];
    },
  };
}
