import type { Graph } from '../graph/node.js';
import { apply, type Op } from '../ops/op.js';
import { reshape } from '../ops/movement.js';
import { rewrite } from './rewrite.js';

/** Whether a permutation moves only axes of size 1, so that the elements keep their order. */
function keepsOrder(perm: readonly number[], sizes: readonly (number | string)[]): boolean {
  const moved = perm.filter((axis) => sizes[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/**
 * Algebraic clean-up. Applies each op's own `simplify` (x + 0, x * 1, a transpose twice), drops taps and stopGradients, whose
 * work is done once derivatives are taken, and turns transposes of axes of size 1 into reshapes.
 */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, () => (node, inputs, _bodies, keep) => {
    const { name } = node.op;
    const x = inputs[0];
    if (name === 'tap' || name === 'stopGradient') return [x!];
    if (node.bodies.length > 0 || x === undefined) return keep();
    if (name === 'transpose' && keepsOrder(node.attrs['perm'] as number[], x.shape)) return [reshape(x, node.outputs[0]!.shape)];
    if ((node.op as Op).simplify === undefined) return keep();
    const changed = inputs.some((v, i) => v !== node.inputs[i]);
    return changed ? [apply(node.op as Op, inputs, node.attrs)] : [(node.op as Op).simplify!(inputs, node.attrs as never) ?? node.outputs[0]!];
  });
}
