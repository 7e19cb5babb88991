import type { Graph, Node, Value } from '../graph/node.js';
import { abs, add, sub } from '../ops/arithmetic.js';
import { lt } from '../ops/comparison.js';
import { exp, log } from '../ops/elementwise.js';
import { reshape } from '../ops/movement.js';
import { max, sum } from '../ops/reduce.js';
import { select } from '../ops/select.js';
import { rewrite } from './rewrite.js';

/** log sum e^x = m + log sum e^(x - m) with m = max x, or 0 where that is not finite. */
function logSumExp(node: Node, x: Value): Value {
  const out = node.outputs[0]!;
  const axes = node.attrs['axes'] as readonly number[];
  const all = out.rank === 0;
  const largest = max(x, axes, { keepDims: !all });
  const shift = select(lt(abs(largest), Number.POSITIVE_INFINITY), largest, 0);
  const total = sum(exp(sub(x, shift)), axes, { keepDims: !all });
  const result = add(log(total), shift);
  return all ? result : reshape(result, out.shape);
}

/** Replaces ops without a kernel by ops that have one. */
export function legalize(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => (node.op.name === 'logSumExp' ? [logSumExp(node, inputs[0]!)] : keep()));
}
