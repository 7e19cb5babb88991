import type { Graph, Node, Value } from '../graph/node.js';
import type { Dim } from '../graph/shape.js';
import { abs, add, mul, sub } from '../ops/arithmetic.js';
import { lt } from '../ops/comparison.js';
import { exp, log } from '../ops/elementwise.js';
import { broadcast, reshape } from '../ops/movement.js';
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

/** a[m,1] @ b[1,n] as a_i b_j, which fuses with what is done to it; null for other products. */
function outerProduct(node: Node, [a, b]: readonly [Value, Value]): Value | null {
  const { shape } = node.outputs[0]!;
  if (shape.length !== 2 || a.shape[node.attrs['transposeA'] === true ? 0 : 1] !== 1) return null;
  const [m, n] = shape as [Dim, Dim];
  return mul(broadcast(reshape(a, [m, 1]), shape), broadcast(reshape(b, [1, n]), shape));
}

/** Replaces ops without a kernel by ops that have one, and products that are none by what they are. */
export function legalize(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => {
    if (node.op.name === 'logSumExp') return [logSumExp(node, inputs[0]!)];
    const outer = node.op.name === 'matmul' ? outerProduct(node, inputs as readonly [Value, Value]) : null;
    return outer === null ? keep() : [outer];
  });
}
