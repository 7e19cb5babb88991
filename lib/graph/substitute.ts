import { expected } from '../base/errors.js';
import { type Graph, Node, nodesOf, type Value } from './node.js';
import { format, sameShape } from './shape.js';

/** The outputs with some values replaced by others of the same type. Nodes that depend on none of them are shared, not copied. */
export function substitute(outputs: readonly Value[], replacements: ReadonlyMap<Value, Value>): Value[] {
  const table = new Map(replacements);
  let from = Number.POSITIVE_INFINITY;
  for (const [before, after] of replacements) {
    if (before.dtype !== after.dtype || !sameShape(before.shape, after.shape)) throw expected('substitute', format(before), format(after));
    from = Math.min(from, before.node.id);
  }
  for (const node of nodesOf(outputs, from)) {
    if (!node.inputs.some((v) => table.has(v))) continue;
    const copy = new Node(
      node.op,
      node.inputs.map((v) => table.get(v) ?? v),
      node.attrs,
      node.bodies,
    );
    node.outputs.forEach((v, i) => {
      if (!table.has(v)) table.set(v, copy.outputs[i]!);
    });
  }
  return outputs.map((v) => table.get(v) ?? v);
}

/** The outputs of a graph for these inputs: its nodes become part of the current trace. */
export function inline(graph: Graph, inputs: readonly Value[]): Value[] {
  if (inputs.length !== graph.inputs.length) throw expected('inline', `${graph.inputs.length} inputs`, inputs.length);
  return substitute(graph.outputs, new Map(graph.inputs.map((v, i) => [v, inputs[i]!])));
}
