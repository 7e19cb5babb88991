import { internal } from '../base/errors.js';
import { type Node, nodesOf, type Value } from '../graph/node.js';
import { addLinear } from '../ops/arithmetic.js';
import { isTap } from '../ops/identity.js';
import type { Linear, Op, Passes } from '../ops/op.js';

/** Cotangents of a node's inputs; only those of `linear` inputs are used. */
function rule(node: Node, cotangents: readonly Linear[], linear: readonly boolean[], passes: Passes): readonly Linear[] {
  const op = node.op as Op;
  switch (op.kind) {
    case 'linear':
      return op.transpose(cotangents, node);
    case 'bilinear': {
      if (linear[0] && linear[1]) throw internal(`transpose of '${op.name}' with two linear operands`);
      const which = linear[0] ? 0 : 1;
      const ct = op.transpose(cotangents[0]!, node, which);
      return which === 0 ? [ct, null] : [null, ct];
    }
    case 'region':
      return op.transpose(cotangents, node, linear, passes);
    case 'smooth':
    case 'constant':
      throw internal(`transpose of '${op.name}', which is not linear`);
    default:
      return op satisfies never;
  }
}

/**
 * Walks backwards over the nodes that depend on `inputs`, in which `outputs` must be linear, and sums cotangents.
 * `taps` has the cotangent that arrives at each tap, by the tap's id.
 */
export function transposed(
  outputs: readonly Linear[],
  inputs: readonly Value[],
  given: readonly Linear[],
  passes: Passes,
): { readonly cotangents: Linear[]; readonly taps: ReadonlyMap<number, Value> } {
  const moving = new Set<Value>(inputs);
  const nodes = nodesOf(
    outputs.filter((v) => v !== null),
    Math.min(...inputs.map((v) => v.node.id)),
  );
  const visited = nodes.filter((node) => {
    const depends = node.inputs.some((v) => moving.has(v));
    if (depends) for (const v of node.outputs) moving.add(v);
    return depends;
  });
  const table = new Map<Value, Linear>();
  const arrive = (v: Value, ct: Linear) => table.set(v, addLinear(table.get(v) ?? null, ct));
  outputs.forEach((v, i) => {
    if (v !== null && moving.has(v)) arrive(v, given[i] ?? null);
  });
  const taps = new Map<number, Value>();
  for (const node of visited.reverse()) {
    const cotangents = node.outputs.map((v) => table.get(v) ?? null);
    if (cotangents.every((ct) => ct === null)) continue;
    if (isTap(node) && node.attrs.order === 1) taps.set(node.attrs.id as number, cotangents[0]!);
    const linear = node.inputs.map((v) => moving.has(v));
    rule(node, cotangents, linear, passes).forEach((ct, i) => {
      if (linear[i] && ct !== null) arrive(node.inputs[i]!, ct);
    });
  }
  return { cotangents: inputs.map((v) => table.get(v) ?? null), taps };
}
