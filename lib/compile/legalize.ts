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

/** A longer row leaves too few rows to a tile of a row program: the product kernel is faster then. */
const LONGEST_THIN = 256;

/**
 * A product with one column as a sum over what it multiplies, which fuses with what makes and takes it: a[n,k] @ b[k,1] = sum over k
 * of a b', a'[m,n] @ b[n,1] = sum over n of a b. Null for other products.
 */
function thinProduct(node: Node, [a, b]: readonly [Value, Value]): Value | null {
  const { shape } = node.outputs[0]!;
  const width = a.shape[1];
  if (shape.length !== 2 || shape[1] !== 1 || typeof width !== 'number' || width > LONGEST_THIN) return null;
  if (node.attrs['transposeA'] !== true) return sum(mul(a, broadcast(reshape(b, [1, width]), a.shape)), [1], { keepDims: true });
  const n = a.shape[0]!;
  return reshape(sum(mul(a, broadcast(reshape(b, [n, 1]), a.shape)), [0]), shape);
}

/** Replaces ops without a kernel by ops that have one, and products that are none by what they are. */
export function legalize(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => {
    if (node.op.name === 'logSumExp') return [logSumExp(node, inputs[0]!)];
    if (node.op.name !== 'matmul') return keep();
    const operands = inputs as readonly [Value, Value];
    const product = outerProduct(node, operands) ?? thinProduct(node, operands);
    return product === null ? keep() : [product];
  });
}
