import { isFloat } from '../graph/dtype.js';
import type { Graph, Node, Value } from '../graph/node.js';
import { broadcast, reshape } from '../ops/movement.js';
import { apply, type Op } from '../ops/op.js';
import { ARITHMETIC } from './opcodes.js';
import { rewrite } from './rewrite.js';

/** Whether a permutation moves only axes of size 1, so that the elements keep their order. */
function keepsOrder(perm: readonly number[], sizes: readonly (number | string)[]): boolean {
  const moved = perm.filter((axis) => sizes[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/** An operation on repeated float scalars is the repeated operation on the scalars. */
function onScalars(node: Node, inputs: readonly Value[]): Value | null {
  const out = node.outputs[0]!;
  if (!ARITHMETIC.has(node.op.name) || out.rank === 0 || !isFloat(out.dtype)) return null;
  const scalars: Value[] = [];
  for (const v of inputs) {
    const from = v.node.op.name === 'broadcast' ? v.node.inputs[0]! : v;
    if (from.rank > 0) return null;
    scalars.push(from);
  }
  return scalars.every((v) => v.node.op.name === 'constant')
    ? null
    : broadcast(apply(node.op as Op, scalars, node.attrs), out.shape, out.dtype);
}

/**
 * Algebraic clean-up. Applies each op's own `simplify` (x + 0, x * 1, a transpose twice), drops taps and stopGradients, whose
 * work is done once derivatives are taken, turns transposes of axes of size 1 into reshapes, and computes with scalars instead of
 * repeated scalars.
 */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => {
    const { name } = node.op;
    const x = inputs[0];
    if (name === 'tap' || name === 'stopGradient') return [x!];
    if (node.bodies.length > 0 || x === undefined) return keep();
    if (name === 'transpose' && keepsOrder(node.attrs['perm'] as number[], x.shape)) return [reshape(x, node.outputs[0]!.shape)];
    const scalar = onScalars(node, inputs);
    if (scalar !== null) return [scalar];
    if ((node.op as Op).simplify === undefined) return keep();
    const changed = inputs.some((v, i) => v !== node.inputs[i]);
    return changed
      ? [apply(node.op as Op, inputs, node.attrs)]
      : [(node.op as Op).simplify!(inputs, node.attrs as never) ?? node.outputs[0]!];
  });
}
